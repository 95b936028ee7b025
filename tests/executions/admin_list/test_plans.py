"""How much of the database a page of the admin's list reads: about its own rows, whoever asks and
whatever others have."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from executions.admin_list.asking import Asking
from executions.models import ModuleExecution
from platform_agents.shared_schema.indexes import SHARED_INDEXES
from tests import factories
from tests.executions.test_dispatch import Connection
from tests.executions.test_listing_plans import _FILL, MANY, RARE, read_of
from tests.factories import Org

pytestmark = pytest.mark.django_db

_LONG_AGO = """
UPDATE public.module_executions SET started_at = started_at - interval '1 year' WHERE org_id = %s"""
_RUNS_LONG_AGO = """
UPDATE executions_run SET queued_at = queued_at - interval '1 year', claimed_at = queued_at,
  finished_at = queued_at + CASE WHEN outcome = 'timed_out' THEN interval '2 min'
                                 ELSE interval '5 ms' END
WHERE org_id = %s"""


@pytest.fixture
def old(db: None) -> tuple[Org, str]:
    """An organization whose executions are all older than everybody else's, and its module."""
    conn = Connection()
    for index in SHARED_INDEXES:
        conn.execute(index.statement.replace(" CONCURRENTLY", ""))
    made = []
    for name in ("Old", "New"):
        org = factories.organization(conn, name=name)
        module = factories.module(conn, org=org, name=f"{name} module")
        conn.execute(_FILL, {"module": module, "org": org.id, "many": MANY})
        made.append((org, module))
    conn.execute(_LONG_AGO, [made[0][0].id])
    conn.execute(_RUNS_LONG_AGO, [made[0][0].id])
    conn.execute("ANALYZE public.module_executions")
    conn.execute("ANALYZE executions_run")
    return made[0]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 20), ("outcome=completed", 20), ("outcome=timed_out", RARE), ("outcome=lost", 0),
        ("outcome=unsuccessful", RARE), ("state=done", 20), ("state=queued", 0),
        ("state=running", 0), ("origin=api", 20), ("origin=schedule", RARE), ("origin=admin", 0),
        ("module={module}", 20), ("took=1", RARE), ("took=4", 0), ("q=old", 20), ("q=nothing", 0),
        ("task=none", 0), ("until=2025-01-01T00:30", 20), ("since=1h", 0),
        ("state=running&until=2025-06-01T00:00", 0), ("outcome=timed_out&module={module}", RARE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("everybody", [False, True])
def test_a_page_reads_about_its_own_rows(
    old: tuple[Org, str], query: str, rows: int, everybody: bool
) -> None:
    org, module = old
    asked = Asking(
        given=QueryDict(query.format(module=module)),
        rows=ModuleExecution.objects.for_org(org.id),
        org_ids=None if everybody else [org.id],
    )
    with CaptureQueriesContext(connection) as captured:
        page = asked.page(20)
    if not everybody:
        assert len(page.ids) == rows
    statements = [one["sql"] for one in captured.captured_queries]
    read = read_of([one for one in statements if "module_executions" in one])
    assert read <= 300, f"{read} rows of {4 * MANY} were read"
