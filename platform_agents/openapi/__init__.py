"""The HTTP API, described: `openapi.json` (checked in, served as it is) and `/docs`.

`routes` is the one place where a route is described; `document` makes the file of it, by
`manage.py openapi`. A web server only reads the file; of what is here it imports `views` alone.
"""
