"""Statements that run on every request: prepared by the server once per connection.

Django's cursors put the values into the text, so the server plans each statement anew. `fetch` uses
the same connections underneath: in the web process one is borrowed from Django's pool for just this
statement, unless the thread holds one already: two per thread would exhaust the pool, and each
thread would wait for the others. Elsewhere it is the thread's own, with its transaction.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connections
from psycopg_pool import PoolTimeout

Params = Mapping[str, Any] | Sequence[Any]


def fetch(query: str, params: Params) -> list[tuple[Any, ...]]:
    """The rows of one statement that returns rows. Raises Django's database errors.

    A pooled connection that the server closed meanwhile is replaced, and the statement sent once
    more: it must be one that does no harm when it ran twice.
    """
    django: Any = connections["default"]
    with django.wrap_database_errors:
        pool = django.pool
        if pool is None or django.connection is not None:
            django.ensure_connection()
            return _rows(django.connection, query, params)
        pool.open()
        try:
            return _borrowed(pool, query, params)
        except PoolTimeout:
            _patience.lost()
            raise
        except psycopg.OperationalError:
            pool.check()
            return _borrowed(pool, query, params)


class _Patience:
    """How long a request waits for a connection. Not long, when another one just waited in vain:
    the database is away, and there are few threads to answer everybody else."""

    def __init__(self) -> None:
        self._lost_at = float("-inf")

    def lost(self) -> None:
        self._lost_at = time.monotonic()

    def found(self) -> None:
        self._lost_at = float("-inf")

    def seconds(self) -> float | None:
        return _SHORT_S if time.monotonic() - self._lost_at < _REMEMBERED_S else None


_SHORT_S, _REMEMBERED_S = 0.5, 2.0
_patience = _Patience()


def _borrowed(pool: Any, query: str, params: Params) -> list[tuple[Any, ...]]:
    conn = pool.getconn(_patience.seconds())
    _patience.found()
    try:
        return _rows(conn, query, params)
    finally:
        pool.putconn(conn)


def _rows(conn: Any, query: str, params: Params) -> list[tuple[Any, ...]]:
    with psycopg.Cursor(conn) as cursor:
        return cursor.execute(query, params, prepare=True).fetchall()
