"""Which of our wishes the database has: one catalog query, no change. See indexes.py.

An index of the gateway's own with the same columns serves as well, whatever its name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from platform_agents.shared_schema.indexes import SHARED_INDEXES, SharedIndex
from platform_agents.shared_schema.names import SCHEMA, SHARED_TABLES

QUERY = """
SELECT t.relname, i.relname, x.indisvalid AND x.indisready, pg_get_indexdef(x.indexrelid)
  FROM pg_catalog.pg_index x
  JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
 WHERE t.relnamespace = to_regnamespace(%s) AND t.relname = ANY(%s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveIndex:
    """definition: what follows the table's name. Not usable: what an interrupted build left."""

    table: str
    name: str
    usable: bool
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one wish stands. by: the index that serves it. broken, other: one of its name that is
    not usable, or that is another index."""

    wanted: SharedIndex
    by: LiveIndex | None = None
    broken: LiveIndex | None = None
    other: LiveIndex | None = None


def standings(connection: BaseDatabaseWrapper) -> list[Standing]:
    """All wishes, in their order, leaving out those for tables that do not exist.

    Raises django.db.Error when the database cannot be asked.
    """
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [SCHEMA, list(SHARED_TABLES)])
        live = [_live(*row) for row in cursor.fetchall()]
    tables = {index.table for index in live}  # each has its primary key
    return [_standing(wanted, live) for wanted in SHARED_INDEXES if wanted.table in tables]


def missing(connection: BaseDatabaseWrapper) -> list[SharedIndex]:
    """The wishes that nothing serves."""
    return [one.wanted for one in standings(connection) if one.by is None]


def _live(table: str, name: str, usable: bool, definition: str) -> LiveIndex:
    _, using, rest = definition.partition(" USING ")
    return LiveIndex(table=table, name=name, usable=usable, definition=(using + rest).strip())


def _standing(wanted: SharedIndex, live: Iterable[LiveIndex]) -> Standing:
    there = [index for index in live if index.table == wanted.table]
    named: Any = next((index for index in there if index.name == wanted.name), None)
    by = next((i for i in there if i.usable and i.definition == wanted.definition), None)
    if named is None or named is by:
        return Standing(wanted=wanted, by=by)
    if not named.usable:
        return Standing(wanted=wanted, by=by, broken=named)
    return Standing(wanted=wanted, by=by, other=named)
