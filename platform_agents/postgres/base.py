"""The backend Django loads: search path, own schema, embedded server at first use."""

import select
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from platform_agents.postgres import SCHEMA, SEARCH_PATH, embedded

_ONLY_WHEN_ASKED = 1_000_000_000


def _refuse_dead(conn: psycopg.Connection[Any]) -> None:
    """An idle connection has nothing to say: when it does, the server has gone."""
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    if poll.poll(0):
        raise psycopg.OperationalError("the connection was closed while it was idle")


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        if directory := self.settings_dict.get("EMBEDDED_DIR"):
            durable = self.settings_dict["EMBEDDED_DURABLE"]
            self.settings_dict.update(embedded.ensure_running(directory, durable=durable))
        params: dict[str, Any] = super().get_connection_params()
        given = params.get("options", "")
        params["options"] = f"-c search_path={SEARCH_PATH} {given}".strip()
        params.setdefault("connect_timeout", 5)
        if params["prepare_threshold"] is None:
            params["prepare_threshold"] = _ONLY_WHEN_ASKED
        return params

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

    def prepare_database(self) -> None:
        """Called by `migrate` before the migration executor looks for its own table."""
        super().prepare_database()
        with self.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")


def connect(**overrides: Any) -> psycopg.Connection[Any]:
    """A plain psycopg connection beside Django's: autocommit, prepared statements, UTC.

    For the two long-lived users that Django's per-thread connection does not fit: the worker's
    reactor and the listener of finished runs.
    """
    params = connections["default"].get_connection_params()
    for django_only in ("cursor_factory", "context"):
        params.pop(django_only)
    params.update(overrides, autocommit=True, prepare_threshold=2)
    params["options"] += " -c timezone=UTC"
    return psycopg.connect(**params)
