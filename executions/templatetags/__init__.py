"""Filters of the pages of executions."""
