"""The alternatives, written as their own experts would, with the same rows in the same tables.

They check the same API key and find the same module, in the statement that inserts the row; what
they leave out (retries, leases, fairness, events, isolation of agents) makes them faster.
"""
