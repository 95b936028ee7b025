"""Each of our indexes gives its query what it is for: the rows, in order, without sorting."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from platform_agents.shared_schema.indexes import SHARED_INDEXES
from tests import databases

EXECUTIONS = "SELECT id, started_at FROM public.module_executions WHERE "
NEWEST = " ORDER BY started_at DESC, id DESC LIMIT 51"
QUERIES = {
    "module_executions_org_id_started_at_id_idx": [
        EXECUTIONS + "org_id = 'org1'" + NEWEST,
        EXECUTIONS + "org_id = 'org1' AND (started_at, id) < ('2026-01-02', 'x')" + NEWEST,
        EXECUTIONS + "org_id = 'org1' AND started_at > '2026-01-01' AND started_at < '2026-01-02'"
        + NEWEST,
    ],
    "module_executions_started_at_id_idx": [
        EXECUTIONS + "true ORDER BY started_at DESC NULLS LAST, id DESC NULLS LAST LIMIT 51",
        EXECUTIONS + "started_at >= '2026-01-03' "
        "ORDER BY started_at NULLS FIRST, id NULLS FIRST LIMIT 51",
    ],
    "module_executions_module_id_started_at_id_idx": [
        EXECUTIONS + "org_id = 'org1' AND module_id = 'm1'" + NEWEST,
        "SELECT 1 FROM ONLY public.module_executions x WHERE module_id = 'm1'",
    ],
    "module_executions_org_id_status_started_at_id_idx": [
        EXECUTIONS + "org_id = 'org1' AND status = 'running'" + NEWEST,
        EXECUTIONS + "org_id = 'org1' AND status = 'failed' AND started_at < '2026-01-02'" + NEWEST,
    ],
    "module_executions_task_id_idx": [
        EXECUTIONS + "org_id = 'org1' AND task_id = 't1'",
        "SELECT 1 FROM ONLY public.module_executions x WHERE task_id = 't1'",
    ],
    "modules_org_id_python_module_idx": [
        "SELECT id FROM public.modules WHERE org_id = 'org1' AND (id = 'a' OR python_module = 'a')",
    ],
    "tasks_org_id_created_at_idx": [
        "SELECT id FROM public.tasks WHERE org_id = 'org1' ORDER BY created_at DESC LIMIT 101",
    ],
}  # fmt: skip
ROWS = """
INSERT INTO public.organizations (id, name) SELECT 'org' || i, 'o' FROM generate_series(0, 50) i;
INSERT INTO public.users (id, name, email, password, org_id) VALUES ('u', 'u', 'u', 'u', 'org1');
INSERT INTO public.modules (id, name, category, python_module, org_id)
SELECT 'm' || i, 'm', 'c', 'echo', 'org' || i % 50 FROM generate_series(0, 5000) i;
INSERT INTO public.tasks (id, description, user_id, org_id, created_at)
SELECT 't' || i, 'd', 'u', 'org' || CASE WHEN i % 4 = 0 THEN 1 ELSE i % 50 END,
       timestamp '2026-01-01' + i * interval '1 min' FROM generate_series(1, 20000) i;
INSERT INTO public.module_executions (id, module_id, task_id, org_id, started_at)
SELECT md5(i::text), 'm' || CASE WHEN i % 4 = 0 THEN 1 + i % 8 ELSE i % 50 END,
       CASE WHEN i % 10 = 0 THEN 't' || i END, 'org' || CASE WHEN i % 4 = 0 THEN 1 ELSE i % 50 END,
       timestamp '2026-01-01' + i * interval '1 min' FROM generate_series(1, 20000) i;"""


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[psycopg.Connection[Any]]:
    """Twenty thousand executions, a quarter of them one organization's, and our indexes."""
    with (
        django_db_blocker.unblock(),
        databases.copy_of_test_database("plans") as params,
        databases.connect(params) as conn,
    ):
        conn.execute(ROWS)
        for index in SHARED_INDEXES:
            conn.execute(index.statement)
        conn.execute("VACUUM ANALYZE")
        yield conn


def test_no_index_is_without_a_query() -> None:
    assert {index.name for index in SHARED_INDEXES} == set(QUERIES)


@pytest.mark.parametrize("name", QUERIES)
def test_its_queries_take_it(filled: psycopg.Connection[Any], name: str) -> None:
    for query in QUERIES[name]:
        plan = "\n".join(line for (line,) in filled.execute(f"EXPLAIN {query}").fetchall())
        assert name in plan, plan
        assert "Sort" not in plan, plan
