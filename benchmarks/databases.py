"""One database per system, all on one embedded PostgreSQL server with fsync on, made anew.

The server is as shipped: nothing is tuned but the folder it lives in. Whoever measures asks here
whether the rows agree with what the callers were told.
"""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psycopg

from benchmarks.processes import ROOT
from platform_agents.postgres import embedded

DATA = ROOT / ".data" / "postgres-bench"
_SCHEMA = ROOT / "platform_agents" / "shared_schema" / "schema.sql"
_COUNT = "SELECT status::text, count(*) FROM public.module_executions GROUP BY 1"
_UNFINISHED = ("pending", "running")


class RowsAreWrong(Exception):
    """The database does not hold what the callers were told: the figure must not count."""


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """The organization, key and agents that every database is filled with."""

    org_id: str
    key: str
    agents: tuple[str, ...] = ("echo", "data", "fetch")


@dataclass(frozen=True, kw_only=True)
class Database:
    host: str
    name: str

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres@/{self.name}?host={quote(self.host, safe='')}"

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn, autocommit=True)

    def rows(self) -> dict[str, int]:
        """How many executions there are, by status."""
        with self.connect() as db:
            return dict(db.execute(_COUNT).fetchall())

    def settled_rows(self, *, seconds: float) -> dict[str, int]:
        """The same once nothing is pending or running. Raises RowsAreWrong after `seconds`."""
        deadline = time.monotonic() + seconds
        while any((rows := self.rows()).get(status) for status in _UNFINISHED):
            if time.monotonic() > deadline:
                raise RowsAreWrong(f"{self.name}: unfinished after {seconds:.0f} s: {rows}")
            time.sleep(0.1)
        return rows

    def discard_unfinished(self) -> None:
        with self.connect() as db:
            db.execute(
                "DELETE FROM public.module_executions WHERE status::text = ANY (%s)",
                [list(_UNFINISHED)],
            )


def check_rows(name: str, *, before: dict[str, int], after: dict[str, int], runs: int) -> None:
    """Raises RowsAreWrong unless exactly `runs` more executions are there, all completed."""
    more = {status: count - before.get(status, 0) for status, count in after.items()}
    if {status: count for status, count in more.items() if count} != {"completed": runs}:
        raise RowsAreWrong(f"{name}: {runs} calls were answered, but the rows say {more}")


def fresh(name: str) -> Database:
    """An empty database; an old one of that name goes, whoever is connected to it."""
    server = embedded.ensure_running(DATA)
    database = Database(host=server["HOST"], name=name)
    with Database(host=server["HOST"], name="postgres").connect() as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
    return database


def load_schema(database: Database) -> None:
    """The gateway's tables, for the systems that have no command for it."""
    with database.connect() as db:
        db.execute(_SCHEMA.read_text())


def seed(database: Database, tenant: Tenant) -> None:
    with database.connect() as db:
        db.execute(
            "INSERT INTO public.organizations (id, name) VALUES (%s, 'bench')", [tenant.org_id]
        )
        db.execute(
            "INSERT INTO public.api_keys (org_id, name, key) VALUES (%s, 'bench', %s)",
            [tenant.org_id, tenant.key],
        )
        for agent in tenant.agents:
            db.execute(
                "INSERT INTO public.modules (name, category, python_module, org_id) "
                "VALUES (%s, 'bench', %s, %s)",
                [agent, agent, tenant.org_id],
            )
