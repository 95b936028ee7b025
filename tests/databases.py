"""Databases for tests that commit: copies of the migrated test database, one per use and worker.

Tests that only read and write through Django use pytest-django's `db` and its rollback. Those with
processes or connections of their own get a copy, so that nothing they queue is seen by others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psycopg
from django.db import connection


@contextmanager
def copy_of_test_database(purpose: str) -> Iterator[dict[str, Any]]:
    """psycopg parameters of a fresh copy; dropped at the end."""
    template = connection.settings_dict["NAME"]
    name = f"{template}_{purpose}"
    params = _params()
    connection.close()  # a template must have no connections
    with psycopg.connect(**params, dbname="postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield {**params, "dbname": name}
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _params() -> dict[str, Any]:
    wanted = ("host", "port", "user", "password")
    given = connection.get_connection_params()
    return {name: given[name] for name in wanted if given.get(name)}


def url(params: dict[str, Any]) -> str:
    """DATABASE_URL of these parameters; hosts that are socket folders go into the query."""
    quoted = {name: quote(str(value), safe="") for name, value in params.items() if value}
    password = f":{quoted['password']}" if "password" in quoted else ""
    query = "&".join(f"{name}={quoted[name]}" for name in ("host", "port") if name in quoted)
    return f"postgresql://{quoted['user']}{password}@/{params['dbname']}?{query}"


def connect(params: dict[str, Any]) -> psycopg.Connection[Any]:
    options = "-c search_path=platform_agents,public -c timezone=UTC"
    return psycopg.connect(**params, options=options, autocommit=True)
