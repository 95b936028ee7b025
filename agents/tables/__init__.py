"""Tables out of JSON or CSV, and what the data agent can do with them.

`table` and `csv_text` build a `Table`, `column_types` says what a column holds, `overview`,
`statistics` and `cleaning` are the three operations. Only `statistics` imports pandas; it is
imported by `agents.data` inside the host process, never by the web process.
"""
