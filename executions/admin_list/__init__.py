"""The list of executions in the operators' admin: filters, pages, live rows, exports, and many at
once cancelled or run again. `view.ExecutionList` is mixed into the page of executions.

A page is found by its last row (keyset), never by OFFSET, and nothing is ever counted that is not
bounded: with a million rows it costs what it costs with a hundred.
"""
