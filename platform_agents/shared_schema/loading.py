"""Puts our copy of the contract into an empty database: development, demo and tests.

Called by `manage.py load_shared_schema`, the demo and the tests. Production databases get their
shared tables from the gateway, never from here.
"""

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from platform_agents.shared_schema.names import (
    SCHEMA,
    SCHEMA_FILE,
    SHARED_ENUMS,
    SHARED_TABLES,
)

TAKEN = """
SELECT c.relname FROM pg_catalog.pg_class c
 WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relname = ANY(%(names)s)
UNION
SELECT t.typname FROM pg_catalog.pg_type t
 WHERE t.typnamespace = to_regnamespace(%(schema)s) AND t.typname = ANY(%(names)s)
 ORDER BY 1
"""


class AlreadyThere(Exception):
    """`public` holds some of the contract's names; `names` lists them. Nothing was changed."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"The schema {SCHEMA} already holds {', '.join(names)}.")
        self.names = names


def existing_names(connection: BaseDatabaseWrapper) -> list[str]:
    """The contract's tables and enums that `public` holds already, sorted."""
    names = [*SHARED_TABLES, *SHARED_ENUMS]
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, {"schema": SCHEMA, "names": names})
        return [name for (name,) in cursor.fetchall()]


def load_shared_schema(connection: BaseDatabaseWrapper) -> None:
    """Create the shared tables and enums, all or none.

    Raises AlreadyThere when any of them exists, django.db.Error when the database refuses.
    """
    with transaction.atomic(using=connection.alias):
        if names := existing_names(connection):
            raise AlreadyThere(names)
        with connection.cursor() as cursor:
            cursor.execute(SCHEMA_FILE.read_text(encoding="utf-8"))
