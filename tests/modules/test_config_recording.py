"""Versions of a module's config: one per change, whoever finds it and however many at once."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from modules.config_recording import GATEWAY, record
from tests import databases, factories
from tests.factories import Org

Connection = psycopg.Connection[Any]


@pytest.fixture
def org(queue: Connection) -> Org:
    return factories.organization(queue)


@pytest.fixture
def module(queue: Connection, org: Org) -> str:
    return factories.module(queue, org=org, config_text='{ "a":1 }')


def found(conn: Connection, module: str, **given: Any) -> int | None:
    def rows(query: str, params: Any) -> list[tuple[Any, ...]]:
        return conn.execute(query, params).fetchall()

    return record(rows, module, **{"author": GATEWAY, **given})


def versions(conn: Connection, module: str) -> list[tuple[Any, ...]]:
    return conn.execute(
        "SELECT version, org_id, python_module, endpoint, config, author, reason "
        "FROM modules_config_version WHERE module_id = %s ORDER BY version",
        [module],
    ).fetchall()


def change(conn: Connection, module: str, column: str, value: Any) -> None:
    conn.execute(f"UPDATE public.modules SET {column} = %s WHERE id = %s", [value, module])


def test_the_text_is_kept_as_it_stands(queue: Connection, org: Org, module: str) -> None:
    assert found(queue, module) == 1
    assert versions(queue, module) == [
        (1, org.id, "echo", None, '{ "a":1 }', GATEWAY, "")
    ]  # fmt: skip


def test_nothing_is_written_while_nothing_changes(queue: Connection, module: str) -> None:
    found(queue, module)
    change(queue, module, "name", "Renamed")
    change(queue, module, "status", "inactive")
    assert found(queue, module) is None
    assert len(versions(queue, module)) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("config", '{"a": 2}'), ("config", None), ("config", "{broken"), ("config", '{"a":1}'),
     ("python_module", "nlp"), ("endpoint", "https://example.com/run")],
)  # fmt: skip
def test_each_change_is_a_version(queue: Connection, module: str, column: str, value: Any) -> None:
    found(queue, module)
    change(queue, module, column, value)
    assert found(queue, module, author="ann", reason="Better.") == 2
    assert found(queue, module) is None
    [_, (number, _, python_module, endpoint, config, author, reason)] = versions(queue, module)
    now = {"python_module": python_module, "endpoint": endpoint, "config": config}
    assert (number, now[column], author, reason) == (2, value, "ann", "Better.")


def test_what_is_put_back_is_a_version_of_its_own(queue: Connection, module: str) -> None:
    for text in ("1", "2", "1"):
        change(queue, module, "config", text)
        found(queue, module)
    assert [row[4] for row in versions(queue, module)] == ["1", "2", "1"]


def test_a_module_that_changes_hands_leaves_its_history_behind(
    queue: Connection, org: Org, module: str
) -> None:
    found(queue, module)
    heir = factories.organization(queue, name="Heir")
    change(queue, module, "org_id", heir.id)
    assert found(queue, module) == 2
    assert [row[1] for row in versions(queue, module)] == [org.id, heir.id]


def test_a_module_that_is_gone_has_no_version(queue: Connection) -> None:
    missing = uuid.uuid4().hex
    assert found(queue, missing) is None
    assert versions(queue, missing) == []


def test_many_at_once_make_one_version(
    queue: Connection, queue_database: dict[str, Any], module: str
) -> None:
    together = threading.Barrier(8)

    def one(_: int) -> int | None:
        with databases.connect(queue_database) as conn:
            together.wait(30)
            return found(conn, module)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(one, range(8)))
    assert sorted(made, key=bool) == [None] * 7 + [1]
    assert len(versions(queue, module)) == 1


def test_who_meets_an_unfinished_save_waits_and_records_what_came_of_it(
    queue: Connection, queue_database: dict[str, Any], module: str
) -> None:
    """A save changes the row and records it; meanwhile somebody finds the old row unrecorded."""
    with databases.connect(queue_database) as saving, ThreadPoolExecutor(1) as pool:
        saving.autocommit = False
        change(saving, module, "config", "2")
        assert found(saving, module, author="ann") == 1
        other = pool.submit(found, queue, module)
        saving.commit()
        assert other.result(timeout=60) is None
    assert [(row[4], row[5]) for row in versions(queue, module)] == [("2", "ann")]


def test_under_a_storm_of_changes_every_version_differs_from_the_one_before(
    queue: Connection, queue_database: dict[str, Any], module: str
) -> None:
    def one(worker: int) -> None:
        with databases.connect(queue_database) as conn:
            for n in range(20):
                change(conn, module, "config", str((worker + n) % 3))
                found(conn, module, author=f"worker {worker}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    found(queue, module)
    rows = versions(queue, module)
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert all(a[4] != b[4] for a, b in pairwise(rows))
    assert found(queue, module) is None
