"""The admin's first page and the page of operations: what happens now, and what needs somebody.

`dashboard` fills the first page, `operations` answers the other; `switch_pages` pauses and empties
the queue. Everything shown is read here, within the organizations of who looks; `words` and `links`
say it. Nothing here is imported by anything but `executions.admin`.
"""
