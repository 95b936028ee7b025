"""Measurements of this product on one machine: `make bench`. Figures, never assertions.

Each benchmark starts its own processes on a database of its own, repeats, and prints what it
measured; `benchmarks/results/` keeps the last run that was worth keeping.
"""
