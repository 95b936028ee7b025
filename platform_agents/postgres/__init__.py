"""Database backend: PostgreSQL with our tables in a schema of their own.

`ENGINE = "platform_agents.postgres"` loads `base.DatabaseWrapper`. The gateway's deploy step drops
every table in `public` that it does not know, so ours live in `platform_agents`, first on the
search path. Nothing here knows a model.
"""

SCHEMA = "platform_agents"
SEARCH_PATH = f"{SCHEMA},public"
