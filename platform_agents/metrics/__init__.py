"""`GET /metrics` for Prometheus. Imported by the web server only: a cluster needs none of it.

No label holds an organization, a module or anything that a tenant wrote.
"""
