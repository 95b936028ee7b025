"""Every route of the API, described; a file per group. A route that is missing fails a test."""

from platform_agents.openapi.operation import Table
from platform_agents.openapi.routes import executing, executions, modules, service

_GROUPS = (executing, executions, modules, service)

TABLE: Table = {key: operation for group in _GROUPS for key, operation in group.TABLE.items()}
TAGS = [group.TAG for group in _GROUPS]
