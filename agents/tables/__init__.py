"""Tables out of JSON or CSV, and what the data agent can do with them.

`reading` builds a `Table`, `column_types` says what a column holds, `ordering` what is equal and
what comes first. `steps` holds the models of a pipeline's steps; the modules beside it do them,
`pipeline` one after the other. Only `statistics` imports pandas, and `charts.png` numpy: they come
in with `pipeline` inside the host process, never in the web process.
"""
