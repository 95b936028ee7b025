"""The backend Django loads: search path, own schema, embedded server at first use."""

from typing import Any

import psycopg
from django.db import connections
from django.db.backends.postgresql import base

from platform_agents.postgres import SCHEMA, SEARCH_PATH, embedded


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        if directory := self.settings_dict.get("EMBEDDED_DIR"):
            durable = self.settings_dict["EMBEDDED_DURABLE"]
            self.settings_dict.update(embedded.ensure_running(directory, durable=durable))
        params: dict[str, Any] = super().get_connection_params()
        given = params.get("options", "")
        params["options"] = f"-c search_path={SEARCH_PATH} {given}".strip()
        params.setdefault("connect_timeout", 5)
        return params

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
