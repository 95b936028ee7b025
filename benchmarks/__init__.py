"""Measurements of this product beside its alternatives, on one machine: `make bench`.

Figures, never assertions about speed. Every system does the same durable work on the same
PostgreSQL server with the same number of processes; the systems take turns within each round, one
under load at a time, and no figure counts before the rows in the database agree with it.
`benchmarks/results/` keeps the last run that was worth keeping.
"""
