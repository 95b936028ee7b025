"""Several schedulers at once, and one that is killed: every slot has exactly one execution."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests import databases
from tests.executions.schedule_rows import org_with_module, schedule
from tests.processes import ROOT, wait_until

FIRE = "import django; django.setup(); from executions.schedules import fire_due; fire_due()"
STORM = """
import sys, threading
import django; django.setup()
from django.db import connection
from executions.schedules import fire_due
from modules import registry
registry.all_agents()
together = threading.Barrier(4)
failed = []
def fire():
    try:
        connection.ensure_connection()
        together.wait(30)
        fire_due()
    except BaseException as error:
        failed.append(error)
    finally:
        connection.close()
def go():
    threads = [threading.Thread(target=fire) for _ in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]
print("ready", flush=True)
sys.stdin.readline()
go()
assert not failed, failed
"""


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    with django_db_blocker.unblock(), databases.copy_of_test_database("schedules") as params:
        yield params


@pytest.fixture
def conn(database: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    with databases.connect(database) as conn:
        yield conn


def python(code: str, database: dict[str, Any]) -> subprocess.Popen[str]:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings",
           "DATABASE_URL": databases.url(database)}  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env, text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip


def executions_per_slot(conn: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """(schedule, slots on record, executions of it), ordered."""
    return conn.execute(
        "SELECT s.id, (SELECT count(*) FROM modules_schedule_slot t WHERE t.schedule_id = s.id), "
        "(SELECT count(*) FROM executions_run r JOIN public.module_executions e "
        " ON e.id = r.execution_id WHERE r.requested_by = 'schedule:' || s.id) "
        "FROM modules_schedule s ORDER BY s.id"
    ).fetchall()


def test_eight_schedulers_in_two_processes_fire_twenty_slots_once_each(
    database: dict[str, Any], conn: psycopg.Connection[Any]
) -> None:
    org, module = org_with_module(conn)
    ids = [schedule(conn, org=org, module_id=module, overlap="allow") for _ in range(20)]
    processes = [python(STORM, database) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert executions_per_slot(conn) == [(pk, 1, 1) for pk in ids]


def test_a_scheduler_that_is_killed_in_the_middle_neither_loses_nor_doubles_a_slot(
    database: dict[str, Any], conn: psycopg.Connection[Any]
) -> None:
    org, module = org_with_module(conn)
    ids = [schedule(conn, org=org, module_id=module) for _ in range(3)]
    with databases.connect(database) as other, other.transaction():
        # It decides a slot, wants to write the execution, and has to wait for us there.
        other.execute("LOCK TABLE executions_run IN SHARE MODE")
        victim = python(FIRE, database)
        wait_until(lambda: _waits_to_write(conn), what="the scheduler is in the middle of a slot")
        os.kill(victim.pid, signal.SIGKILL)
        assert victim.wait(timeout=10) == -signal.SIGKILL
    wait_until(lambda: not _connections(conn), what="the server has noticed")
    assert executions_per_slot(conn) == [(pk, 0, 0) for pk in ids]
    assert python(FIRE, database).wait(timeout=30) == 0
    assert executions_per_slot(conn) == [(pk, 1, 1) for pk in ids]


def _waits_to_write(conn: psycopg.Connection[Any]) -> bool:
    return _exists(conn, "wait_event_type = 'Lock' AND query LIKE '%INSERT INTO executions_run%'")


def _connections(conn: psycopg.Connection[Any]) -> bool:
    return _exists(conn, "pid <> pg_backend_pid()")


def _exists(conn: psycopg.Connection[Any], condition: str) -> bool:
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
        f"AND backend_type = 'client backend' AND {condition})"
    ).fetchone()
    assert row is not None
    return bool(row[0])
