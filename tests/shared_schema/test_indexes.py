"""`ensure_shared_indexes` on databases of its own: builds, mends, waits its turn, and says what."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection

from platform_agents.shared_schema import index_building
from platform_agents.shared_schema.indexes import SHARED_INDEXES
from platform_agents.shared_schema.names import SHARED_TABLES
from tests import databases, factories
from tests.manage import NO_DATABASE, Said, manage
from tests.processes import ROOT, wait_until

NAMES = {index.name for index in SHARED_INDEXES}
FIRST = SHARED_INDEXES[0]

Manage = Callable[..., Said]


@pytest.fixture
def params(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    with django_db_blocker.unblock(), databases.copy_of_test_database("indexes") as copied:
        yield copied


@pytest.fixture
def db(params: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    with databases.connect(params) as conn:
        yield conn


@pytest.fixture
def ensure(params: dict[str, Any]) -> Manage:
    return lambda *args, **env: manage(
        "ensure_shared_indexes", *args, **{"DATABASE_URL": databases.url(params), **env}
    )


def built(db: psycopg.Connection[Any]) -> dict[str, bool]:
    """Our indexes that exist, and whether each may be used."""
    found = db.execute(
        "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid::regclass::text"
        " = ANY (%s) AND NOT indisunique",
        [list(SHARED_TABLES)],
    )
    return {name: valid for name, valid in found.fetchall() if name in NAMES}


@contextmanager
def held_up(params: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    """An open transaction that has written to module_executions: a build waits for its end."""
    with databases.connect(params) as conn, conn.transaction(force_rollback=True):
        org = factories.organization(conn)
        module = factories.module(conn, org=org)
        factories.gateway_row(conn, org=org, module_id=module)
        yield conn


def start(params: dict[str, Any]) -> subprocess.Popen[str]:
    env = {**os.environ, **NO_DATABASE, "DATABASE_URL": databases.url(params)}
    return subprocess.Popen(
        [sys.executable, "-u", "manage.py", "ensure_shared_indexes"], cwd=ROOT, env=env, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def building(db: psycopg.Connection[Any]) -> int | None:
    """The process of the server that builds an index and waits for somebody."""
    row = db.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'"
    ).fetchone()
    return None if row is None else int(row[0])


def interrupted(params: dict[str, Any], db: psycopg.Connection[Any]) -> str:
    """What a run says whose build is killed half-way."""
    with held_up(params):
        run = start(params)
        wait_until(lambda: building(db), what="the build waits")
        db.execute("SELECT pg_terminate_backend(%s)", [building(db)])
        said, _ = run.communicate(timeout=60)
    assert run.returncode != 0
    assert built(db) == {FIRST.name: False}
    return said


def test_every_name_fits_postgresql_and_names_a_shared_table() -> None:
    assert max(len(name) for name in NAMES) < 64
    assert len(NAMES) == len(SHARED_INDEXES)
    assert {index.table for index in SHARED_INDEXES} <= set(SHARED_TABLES)


def test_creates_all_of_them_and_a_second_run_has_nothing_to_do(
    ensure: Manage, db: psycopg.Connection[Any]
) -> None:
    said = ensure()
    assert said.status == 0, said.err
    assert built(db) == dict.fromkeys(NAMES, True)
    for line, index in zip(said.out.splitlines(), SHARED_INDEXES, strict=True):
        assert line.startswith(f"{index.name}: created in ")
        assert line.endswith(f", for {index.reason}")
    again = ensure()
    assert again.out.splitlines() == [f"{index.name}: is there" for index in SHARED_INDEXES]
    assert ensure("--dry-run").out == "-- Nothing to do.\n"


def test_a_dry_run_changes_nothing_and_prints_what_can_be_pasted(
    ensure: Manage, db: psycopg.Connection[Any]
) -> None:
    script = ensure("--dry-run").out
    assert built(db) == {}
    for statement in script.splitlines():
        db.execute(statement)
    assert ensure().out.splitlines() == [f"{index.name}: is there" for index in SHARED_INDEXES]


def test_the_check_tells_which_are_missing_and_stays_content(
    ensure: Manage, params: dict[str, Any], db: psycopg.Connection[Any]
) -> None:
    ensure()
    db.execute(f"DROP INDEX public.{FIRST.name}")
    said = manage("check_shared_schema", DATABASE_URL=databases.url(params))
    fits, *told = said.out.splitlines()
    assert (said.status, fits) == (0, "The shared tables fit our models.")
    [line] = told
    assert line.startswith(f"For your information: index {FIRST.name} is missing, for ")
    assert line.endswith(f"{FIRST.reason}. Create it: manage.py ensure_shared_indexes.")


def test_what_an_interrupted_build_left_is_mended(
    ensure: Manage, params: dict[str, Any], db: psycopg.Connection[Any]
) -> None:
    said = interrupted(params, db)
    assert "Traceback" not in said
    assert "Run this again" in said or "could not be asked" in said
    dropped = f"DROP INDEX CONCURRENTLY IF EXISTS public.{FIRST.name};"
    assert ensure("--dry-run").out.splitlines()[:2] == [dropped, f"{FIRST.statement};"]
    mended = ensure().out.splitlines()[0]
    assert mended.startswith(
        f"{FIRST.name}: dropped what an interrupted build had left, created in "
    )
    assert built(db) == dict.fromkeys(NAMES, True)


def test_ctrl_c_is_no_traceback_and_the_next_run_mends(
    ensure: Manage, params: dict[str, Any], db: psycopg.Connection[Any]
) -> None:
    with held_up(params):
        run = start(params)
        wait_until(lambda: building(db), what="the build waits")
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Interrupted. Run this again" in said
    assert "Traceback" not in said
    ensure()
    assert built(db) == dict.fromkeys(NAMES, True)


def test_two_at_once_take_turns(params: dict[str, Any], db: psycopg.Connection[Any]) -> None:
    with held_up(params):
        runs = [start(params)]
        wait_until(lambda: building(db), what="the first builds")
        runs.append(start(params))
        assert runs[1].stdout is not None
        waits = runs[1].stdout.readline()
    said = [run.communicate(timeout=60)[0] for run in runs]
    assert waits == "Another run is building; waiting for it.\n"
    assert [run.returncode for run in runs] == [0, 0], said
    assert [text.count(": created in ") for text in said] == [len(NAMES), 0]
    assert said[1].count(": is there") == len(NAMES)
    assert built(db) == dict.fromkeys(NAMES, True)


def test_an_index_of_the_gateways_serves_as_well(
    ensure: Manage, db: psycopg.Connection[Any]
) -> None:
    db.execute(f"CREATE INDEX by_org ON public.{FIRST.table} {FIRST.definition}")
    assert ensure().out.splitlines()[0] == f"{FIRST.name}: served by by_org"
    assert FIRST.name not in built(db)


def test_another_index_of_the_name_is_left_alone(
    ensure: Manage, db: psycopg.Connection[Any]
) -> None:
    db.execute(f"CREATE INDEX {FIRST.name} ON public.{FIRST.table} (org_id)")
    said = ensure()
    first, *others = said.out.splitlines()
    assert "left alone. An index of this name is there, with other columns" in first
    assert "expected USING btree (org_id, started_at, id)" in first
    assert all(": created in " in line for line in others)
    assert said.status == 0


def test_a_role_that_does_not_own_the_tables_is_told_who_may(
    ensure: Manage, params: dict[str, Any], db: psycopg.Connection[Any]
) -> None:
    role = f"guest_{params['dbname']}"
    db.execute(f'CREATE ROLE "{role}" LOGIN')
    try:
        said = ensure(DATABASE_URL=databases.url({**params, "user": role}))
        assert said.status == 1
        assert f'The role "{role}" may not create indexes on module_executions' in said.err
        assert f'its owner "{params["user"]}" may' in said.err
        assert built(db) == {}
    finally:
        db.execute(f'DROP ROLE "{role}"')


def test_tables_that_do_not_exist_yet_are_told(ensure: Manage, db: psycopg.Connection[Any]) -> None:
    db.execute("DROP TABLE public.module_executions")
    *lines, last = ensure().out.splitlines()
    assert len(lines) == sum(index.table != "module_executions" for index in SHARED_INDEXES)
    assert last == "Some of the shared tables do not exist yet; run this again when they do."


def test_without_a_database_the_exit_status_is_2(ensure: Manage) -> None:
    said = ensure(DATABASE_URL=NO_DATABASE["DATABASE_URL"])
    assert said.status == 2
    assert "The database could not be asked: " in said.err


def test_behind_a_pooler_it_says_what_to_do(ensure: Manage) -> None:
    said = ensure(DATABASE_POOLED="on", WAKEUP_URL="poll")
    assert said.status == 1
    assert "DATABASE_POOLED off" in said.err


@pytest.mark.django_db
def test_inside_a_transaction_it_refuses() -> None:
    with pytest.raises(index_building.CannotBuild, match="outside of a transaction"):
        index_building.ensure(connection, say=print)
