"""Live updates: what happens to executions, told to who watches them, while it happens.

`watched` and `reader` know what this process watches and read it, once for all who watch, in a
thread of its own that lives only as long as somebody does. `hub` hands what was read to the
subscriptions, on the event loop; `following` is one watcher's way from the first line to the last.
`stream` (SSE) and `sockets` (WebSockets) put it into frames; `access` says who may watch what.

The rows are the truth. Hints say when to look (`executions.audience` sends them from the workers,
and only while somebody watches); a look every second finds what no hint told of.
"""
