"""Creates the wished indexes while everybody works on: CONCURRENTLY, one after the other.

Never in a transaction, and one run at a time: two that build the same index end in a deadlock, or
with one taking the other's unfinished index for a broken one. Called by `ensure_shared_indexes`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from platform_agents.shared_schema.database_errors import first_line
from platform_agents.shared_schema.indexes import SHARED_INDEXES, SharedIndex
from platform_agents.shared_schema.live_indexes import LiveIndex, Standing, standings
from platform_agents.shared_schema.names import SCHEMA

Say = Callable[[str], None]

_LOCK = 7203010
_LOOK_S = 0.5
_OWNER = """
SELECT current_user, pg_get_userbyid(relowner) FROM pg_catalog.pg_class
 WHERE relnamespace = to_regnamespace(%s) AND relname = %s
"""


class CannotBuild(Exception):
    """The message says why, and what to do."""


def statements(connection: BaseDatabaseWrapper) -> list[str]:
    """What `ensure` would run, each to be run outside of a transaction; [] when all is there."""
    found: list[str] = []
    for standing in _lacking(connection):
        if standing.broken is not None:
            found.append(_drop(standing.broken))
        if standing.other is None:
            found.append(standing.wanted.statement)
    return found


def ensure(connection: BaseDatabaseWrapper, *, say: Say) -> None:
    """Bring about every wish that nothing serves, and tell what was done, a line for each.

    Raises CannotBuild, or django.db.Error when the database is not there.
    """
    if connection.in_atomic_block or connection.settings_dict.get("POOLED"):
        raise CannotBuild(
            "Indexes are built in a session of their own and outside of a transaction. Behind a "
            "pooler: run this with DATABASE_POOLED off and DATABASE_URL naming the server itself."
        )
    with _alone(connection, say):
        found = standings(connection)
        for standing in found:
            say(_ensured(connection, standing))
    if len(found) < len(SHARED_INDEXES):
        say("Some of the shared tables do not exist yet; run this again when they do.")


def _lacking(connection: BaseDatabaseWrapper) -> list[Standing]:
    return [one for one in standings(connection) if one.by is None or one.broken is not None]


def _ensured(connection: BaseDatabaseWrapper, standing: Standing) -> str:
    """Does it, and says what."""
    wanted, mended = standing.wanted, ""
    if standing.broken is not None:
        _run(connection, wanted, _drop(standing.broken))
        mended = "dropped what an interrupted build had left, "
    if standing.by is not None:
        served = "is there" if standing.by.name == wanted.name else f"served by {standing.by.name}"
        return f"{wanted.name}: {mended}{served}"
    if (other := standing.other) is not None:
        return (
            f"{wanted.name}: left alone. An index of this name is there, with other columns "
            f"({other.definition}; expected {wanted.definition}). Drop or rename it, and run again."
        )
    began = time.monotonic()
    _run(connection, wanted, wanted.statement)
    took_s = time.monotonic() - began
    return f"{wanted.name}: {mended}created in {took_s:.1f} s, for {wanted.reason}"


def _drop(index: LiveIndex) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {SCHEMA}.{index.name}"


def _run(connection: BaseDatabaseWrapper, wanted: SharedIndex, statement: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except Error as error:
        if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            raise _not_allowed(connection, wanted) from error
        raise CannotBuild(
            f"{wanted.name} could not be built: {first_line(error)}. Run this again; what was "
            "begun is mended then."
        ) from error


def _not_allowed(connection: BaseDatabaseWrapper, wanted: SharedIndex) -> CannotBuild:
    with connection.cursor() as cursor:
        cursor.execute(_OWNER, [SCHEMA, wanted.table])
        role, owner = cursor.fetchone() or ("", "")
    return CannotBuild(
        f'The role "{role}" may not create indexes on {wanted.table}; its owner "{owner}" may. Run '
        "this as the owner, or run what `ensure_shared_indexes --dry-run` prints, or let the "
        "gateway's Drizzle schema name the indexes (gateway/README.md)."
    )


@contextmanager
def _alone(connection: BaseDatabaseWrapper, say: Say) -> Iterator[None]:
    """While no other run builds. Asks again and again: a session that waits inside a statement
    holds a snapshot, and the other's build would wait for it in turn."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # a large table may take an hour
        cursor.execute("SET lock_timeout = 0")
    if not _locked(connection):
        say("Another run is building; waiting for it.")
        while not _locked(connection):
            time.sleep(_LOOK_S)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _locked(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        [mine] = cursor.fetchone() or (False,)
    return bool(mine)
