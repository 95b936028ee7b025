"""The backend Django loads: search path, own schema, embedded server at first use."""

import select
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from platform_agents.postgres import SCHEMA, SEARCH_PATH, embedded

_USABLE = (TransactionStatus.IDLE, TransactionStatus.INTRANS)
_ONLY_WHEN_ASKED = 1_000_000_000


def _is_cut(conn: psycopg.Connection[Any]) -> bool:
    """An idle connection has nothing to say: when it does, the server has gone."""
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _refuse_dead(conn: psycopg.Connection[Any]) -> None:
    if _is_cut(conn):
        conn.close()  # or the pool would take it back and offer it again
        raise psycopg.OperationalError("the connection was closed while it was idle")


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        if directory := self.settings_dict.get("EMBEDDED_DIR"):
            durable = self.settings_dict["EMBEDDED_DURABLE"]
            self.settings_dict.update(embedded.ensure_running(directory, durable=durable))
        params: dict[str, Any] = super().get_connection_params()
        if not self.settings_dict.get("POOLED"):
            given = params.get("options", "")
            params["options"] = f"-c search_path={SEARCH_PATH} {given}".strip()
            params["prepare_threshold"] = _ONLY_WHEN_ASKED
        params.setdefault("connect_timeout", 5)
        return params

    def is_usable(self) -> bool:
        """Django asks before it uses an old connection again; without a query of its own."""
        conn: Any = self.connection
        return conn.info.transaction_status in _USABLE and not _is_cut(conn)

    @property
    def pool(self) -> Any:
        """Django's pool, with a check that costs no round trip."""
        django: Any = self
        options = self.settings_dict["OPTIONS"].get("pool")
        if options and self.alias not in django._connection_pools:
            pool = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False, configure=django._configure_connection, check=_refuse_dead, **options,
            )  # fmt: skip
            django._connection_pools.setdefault(self.alias, pool)
        return django._connection_pools.get(self.alias)

    def _configure_connection(self, connection: psycopg.Connection[Any]) -> bool:
        """Called once per connection of the pool, and for each connection without one."""
        commit: bool = super()._configure_connection(connection)  # type: ignore[misc]
        if self.settings_dict.get("POOLED"):
            check_search_path(connection)
        return commit

    def prepare_database(self) -> None:
        """Called by `migrate` before the migration executor looks for its own table."""
        super().prepare_database()
        with self.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")


def connect(**overrides: Any) -> psycopg.Connection[Any]:
    """A plain psycopg connection beside Django's: autocommit, prepared statements, UTC.

    For the two long-lived users that Django's per-thread connection does not fit: the worker's
    reactor and the listener of finished runs. Behind a transaction pooler a statement may meet
    another server connection than the one before: nothing is prepared, nothing is set.
    """
    params = _plain_params()
    params.update(overrides, autocommit=True)
    if connections["default"].settings_dict.get("POOLED"):
        conn = psycopg.connect(**params, prepare_threshold=None)
        check_search_path(conn)
        return conn
    params["options"] += " -c timezone=UTC"
    return psycopg.connect(**params, prepare_threshold=2)


def _plain_params() -> dict[str, Any]:
    params = connections["default"].get_connection_params()
    for django_only in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(django_only)
    return params


def check_search_path(conn: psycopg.Connection[Any]) -> None:
    """A pooler passes no options on, so the search path must be the role's own. Raises
    ImproperlyConfigured with the statement to run."""
    found = conn.execute("SELECT current_setting('search_path'), current_user, current_database()")
    path, role, database = found.fetchone() or ("", "", "")
    if [name.strip(' "') for name in path.split(",")] != SEARCH_PATH.split(","):
        raise ImproperlyConfigured(
            f"DATABASE_POOLED is on, and the search path is {path!r}. Expected {SEARCH_PATH!r}; "
            "run once, on a direct connection, for a role that only this product uses: "
            f'ALTER ROLE "{role}" IN DATABASE "{database}" SET search_path = {SEARCH_PATH}'
        )
