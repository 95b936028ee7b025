"""Every route of the API, described; a file per group. A route that is missing fails a test."""

from platform_agents.openapi.operation import Table
from platform_agents.openapi.routes import executing, executions, service

TABLE: Table = {**executing.TABLE, **executions.TABLE, **service.TABLE}
TAGS = [executing.TAG, executions.TAG, service.TAG]
