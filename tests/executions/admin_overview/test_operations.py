"""The page of operations: what each role sees of it, and that it is true."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from executions import switches
from executions.targets import EVERYTHING, Target
from platform_agents.tenancy import audit
from tests import factories
from tests.executions.admin_overview.conftest import (
    OPERATIONS,
    ended,
    execute,
    page,
    queued,
    worker,
)
from tests.tenancy.conftest import Shop, staff

PLATFORM = ("Kill switch", "Workers", "The gateway&#x27;s tables", "machine-1")


def test_superusers_see_the_platform(superuser: Client) -> None:
    worker()
    worker(seconds_ago=7200, pid=4712)
    body = page(superuser, OPERATIONS)
    for part in PLATFORM[:2]:
        assert part in body
    assert "All six are as they were agreed on" in body
    assert body.count("Alive") == 1
    assert "2 h ago" in body


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_members_see_what_is_theirs(acme: Shop, globex: Shop, role: str) -> None:
    worker()
    for shop in (acme, globex):
        audit.record(
            "module.saved", by="somebody", model="modules.module", object_id=shop.module,
            org_id=shop.org.id, label=f"{shop.name} was renamed",
        )  # fmt: skip
    body = page(staff("ann", acme=(acme, role)), OPERATIONS)
    assert "Acme asks" in body
    assert "Acme schedule" in body
    assert ("Acme was renamed" in body) == (role == "admin")
    assert [mark for mark in ("Globex", "machine-1", "Pause everything") if mark in body] == []


def test_who_has_no_organization_sees_nothing(acme: Shop) -> None:
    body = page(staff("noah"), OPERATIONS)
    assert "You belong to no organization yet" in body
    assert "Acme" not in body


def test_the_queue_says_why_the_first_run_waits(
    superuser: Client, acme: Shop, globex: Shop
) -> None:
    worker()
    queued(acme.org, acme.module, minutes=5)
    assert "It waits for its turn and a free worker." in page(superuser, OPERATIONS)
    target = Target(org_id=acme.org.id)
    switches.pause(target, reason="Has not paid", by="root")
    body = page(superuser, OPERATIONS)
    assert "The organization is paused: Has not paid" in body
    assert f"resume/?org={acme.org.id}" in body
    switches.pause(EVERYTHING, reason="Moving", by="root")
    assert "The whole platform is paused." in page(superuser, OPERATIONS)


def test_a_difference_of_the_gateways_tables_is_told(superuser: Client) -> None:
    execute("ALTER TABLE public.modules ADD COLUMN colour text NOT NULL DEFAULT 'red'")
    assert "All six" in page(superuser, OPERATIONS)
    execute("ALTER TABLE public.modules ALTER COLUMN colour DROP DEFAULT")
    body = page(superuser, OPERATIONS)
    assert "not as they were agreed on" in body
    assert "modules.colour" in body


def test_late_and_refused_schedules_stand_out(operator: Client, acme: Shop) -> None:
    assert "po-bad" not in page(operator, OPERATIONS)
    execute(
        "UPDATE modules_schedule SET next_at = now() - interval '1 hour', last_at = now(),"
        " last_result = 'refused because its module is inactive' WHERE org_id = %s",
        acme.org.id,
    )
    body = page(operator, OPERATIONS)
    assert "Late" in body
    assert "Refused because its module is inactive" in body


def test_an_approval_that_has_expired_waits_no_more(operator: Client, acme: Shop) -> None:
    execute("UPDATE executions_approval SET expires_at = now() WHERE org_id = %s", acme.org.id)
    assert "No workflow waits for an answer" in page(operator, OPERATIONS)


def test_the_page_asks_twenty_questions_at_most_whatever_there_is(superuser: Client) -> None:
    counts: list[int] = []
    for more in (1, 12):
        for number in range(more):
            with connection.cursor() as cursor:
                org = factories.organization(cursor, name=f"Org {more} {number}")
                module = factories.module(cursor, org=org)
            ended(org, module)
            queued(org, module, minutes=5)
            worker(pid=100 * more + number)
            switches.pause(Target(org_id=org.id), reason="x", by="root")
            switches.pause(Target(org_id=org.id, module_id=module), reason="x", by="root")
        with CaptureQueriesContext(connection) as queries:
            page(superuser, OPERATIONS)
        statements = [query["sql"] for query in queries.captured_queries]
        counts.append(len([one for one in statements if "SAVEPOINT" not in one]))
    assert counts[0] == counts[1] <= 20
