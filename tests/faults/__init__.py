"""Faults: real processes, real signals, and a look at what was promised afterwards."""
