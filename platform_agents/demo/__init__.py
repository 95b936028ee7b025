"""Demo data and `manage.py demo`: everything running on a fresh machine, with a real data set."""
