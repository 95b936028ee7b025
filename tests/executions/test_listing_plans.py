"""How much of the database a page of executions reads: its own rows, with the right indexes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from executions.listing import ExecutionsQuery, executions
from platform_agents import listing
from platform_agents.shared_schema.indexes import SHARED_INDEXES
from tests import factories
from tests.executions.test_dispatch import Connection
from tests.factories import Org

pytestmark = pytest.mark.django_db

MANY = 4000
RARE = MANY // 2000  # of each rare kind
_FILL = """
WITH shared AS (
  INSERT INTO public.module_executions (id, module_id, org_id, status, started_at)
  SELECT gen_random_uuid(), %(module)s, %(org)s, 'completed',
         timestamp '2026-01-01' + n * interval '1 s'
  FROM generate_series(1, %(many)s) n RETURNING id, started_at
), told AS (
  SELECT *, extract(epoch FROM started_at)::bigint %% 2000 = 0 AS rare FROM shared)
INSERT INTO executions_run
       (execution_id, org_id, module_id, agent, lane, state, outcome, origin, queued_at)
SELECT id, %(org)s, %(module)s, 'echo', 'io', 'done',
       CASE WHEN rare THEN 'timed_out' ELSE 'completed' END,
       CASE WHEN rare THEN 'schedule' ELSE 'api' END, started_at
FROM told"""


@pytest.fixture
def org() -> Iterator[Org]:
    """Somebody with many executions, few of which are anything else than completed."""
    db = Connection()
    org = factories.organization(db)
    module = factories.module(db, org=org, name="big")
    for index in SHARED_INDEXES:  # as an operator may make them; only speed depends on them
        db.execute(index.statement.replace("CONCURRENTLY ", ""))
    db.execute(_FILL, {"module": module, "org": org.id, "many": MANY})
    db.execute("ANALYZE public.module_executions")
    db.execute("ANALYZE executions_run")
    return org


def rows_read(org: Org, query: str) -> tuple[int, int]:
    """(entries, rows that the tables and indexes gave up for them), of all queries of a page."""
    wanted = listing.read(QueryDict(query), ExecutionsQuery)
    with CaptureQueriesContext(connection) as captured:
        found, _ = executions(org.id, wanted)
    return len(found), read_of([statement["sql"] for statement in captured.captured_queries])


def read_of(statements: list[str]) -> int:
    """Rows that tables and indexes give up for these."""
    read = 0
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement.replace("%", "%%"), [])
            [(plan,)] = cursor.fetchall()
        plan = json.loads(plan) if isinstance(plan, str) else plan
        read += scanned(plan[0]["Plan"])
    return read


def scanned(node: dict[str, Any]) -> int:
    own = 0
    if "Relation Name" in node:
        removed = node.get("Rows Removed by Filter", 0) + node.get(
            "Rows Removed by Index Recheck", 0
        )
        own = int((node["Actual Rows"] + removed) * node["Actual Loops"])
    return own + sum(scanned(child) for child in node.get("Plans", []))


@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ("limit=20", 20),
        ("limit=20&status=completed", 20),
        ("limit=20&module_id=big", 20),
        ("limit=20&status=failed", 0),
        ("limit=20&status=running&created_before=2026-01-01T00:30:00Z", 0),
        ("limit=20&state=done", 20),
        ("limit=20&outcome=completed", 20),
        ("limit=20&outcome=timed_out", RARE),
        ("limit=20&outcome=lost", 0),
        ("limit=20&origin=schedule", RARE),
        ("limit=20&origin=admin", 0),
        ("limit=20&origin=schedule&status=completed", RARE),
        ("limit=20&created_before=2026-01-01T00:05:00Z", 20),
        ("limit=20&state=done&created_before=2026-01-01T00:05:00Z", 20),
    ],
)
def test_a_page_reads_about_as_many_rows_as_it_has(org: Org, query: str, entries: int) -> None:
    found, read = rows_read(org, query)
    assert found == entries
    assert read <= 200, f"{read} rows of {2 * MANY} were read"


def test_a_late_page_reads_no_more_than_the_first(org: Org) -> None:
    query = "limit=20&created_before=2026-01-01T00:10:00Z"
    _, cursor = executions(org.id, listing.read(QueryDict(query), ExecutionsQuery))
    found, read = rows_read(org, f"limit=20&cursor={cursor}")
    assert found == 20
    assert read <= 200


def test_without_our_indexes_a_page_is_the_same_page(org: Org) -> None:
    wanted = listing.read(QueryDict("limit=50&module_id=big"), ExecutionsQuery)
    with_indexes, _ = executions(org.id, wanted)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
    without, _ = executions(org.id, wanted)
    assert [entry.execution.id for entry in without] == [e.execution.id for e in with_indexes]
    assert len(without) == 50
