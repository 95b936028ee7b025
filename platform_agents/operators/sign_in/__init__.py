"""Signing in to the operators' site: who it is, how often it may be tried, the second factor.

form       the fields, and one answer for everything that is wrong
throttle   attempts are counted before a password is looked at
backend    the platform's own accounts; Django's users come from Django's own backend
shadow     the Django user that stands for such an account, kept in step with it
passwords  bcrypt, as the gateway writes it
pending    between the password and the second factor nobody is signed in
views      the pages; two_factor: enrolling, recovery codes
"""
