"""The drift check as a Django system check: `manage.py check --database default`.

Only ever warnings: `migrate` runs database checks first, and neither an empty database nor a
change of the gateway's may keep our own tables from being migrated. To fail on drift, use
`manage.py check_shared_schema` or `check --fail-level WARNING`. Registered by apps.py.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning
from django.db import connections

from platform_agents.shared_schema.contract import LOAD, differences, shared_models
from platform_agents.shared_schema.database_errors import DATABASE_ERRORS, first_line

UNREACHABLE = "shared_schema.W001"
EMPTY = "shared_schema.W002"
DIFFERENT = "shared_schema.W003"


def check_contract(
    *, databases: Sequence[str] | None = None, **_django_options: Any
) -> list[CheckMessage]:
    """Warnings for the PostgreSQL databases named; none when `check` names no database."""
    return [
        message
        for alias in databases or ()
        if connections[alias].vendor == "postgresql"
        for message in _messages(alias)
    ]


def _messages(alias: str) -> list[CheckMessage]:
    try:
        found = differences(connections[alias])
    except DATABASE_ERRORS as error:
        reason = first_line(error)
        return [
            CheckWarning(
                f'The shared tables of "{alias}" could not be compared: {reason}',
                hint="Check DATABASE_URL and that the server runs, then check again.",
                id=UNREACHABLE,
            )
        ]
    if found and all(one.kind == "table" for one in found) and len(found) == len(shared_models()):
        return [CheckWarning(f'"{alias}" holds no shared table.', hint=LOAD, id=EMPTY)]
    return [CheckWarning(str(one), id=DIFFERENT) for one in found]
