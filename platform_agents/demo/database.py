"""From nothing to a seeded database: server, shared tables, our migrations, the demo's rows.

All of it may run again and again, and by two demos at the same time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from platform_agents.demo.errors import DemoFailed
from platform_agents.demo.interrupts import held_back
from platform_agents.shared_schema.contract import differences
from platform_agents.shared_schema.loading import AlreadyThere, load_shared_schema

_LOCK = 0x64656D6F  # "demo"


def start() -> str:
    """Connect; the embedded server starts here. Returns what it is."""
    with held_back():
        connection.ensure_connection()
    assert connection.connection is not None
    version = f"PostgreSQL {connection.connection.info.server_version // 10_000}"
    where = connection.settings_dict.get("EMBEDDED_DIR")
    if where is None:
        return f"{version}, database {connection.settings_dict['NAME']} of DATABASE_URL"
    return f"embedded {version} in {short(where)}"


@contextmanager
def alone() -> Iterator[None]:
    """One demo at a time prepares the database. A second one waits up to a minute."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '60s'")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def build() -> str:
    """Tables of the gateway's, then ours. Returns what was done. Raises DemoFailed, Error."""
    try:
        load_shared_schema(connection)
        loaded = "shared tables loaded"
    except AlreadyThere:
        loaded = "shared tables are there"
    waiting = _migrations_waiting()
    call_command("migrate", interactive=False, verbosity=0)
    if found := differences(connection):
        raise DemoFailed(
            "The shared tables are not as expected:\n  " + "\n  ".join(map(str, found))
        )
    return f"{loaded}, {waiting} migrations applied" if waiting else f"{loaded}, up to date"


def _migrations_waiting() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def short(path: object) -> str:
    """Relative to the project, where it lies inside."""
    return str(path).removeprefix(f"{settings.BASE_DIR}/")
