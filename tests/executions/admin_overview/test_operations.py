"""The page of operations: what each role sees of it, and that it is true."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from executions import switches
from executions.schedules import fire_due
from executions.targets import EVERYTHING, Target
from platform_agents.shared_schema.indexes import SHARED_INDEXES
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
    execute("DELETE FROM executions_delivery")
    assert "po-bad" not in page(operator, OPERATIONS)
    execute(
        "UPDATE modules_schedule SET next_at = now() - interval '150 min', last_at = now(),"
        " since = now() - interval '390 min',"
        " last_result = 'refused because its module is inactive' WHERE org_id = %s",
        acme.org.id,
    )
    body = page(operator, OPERATIONS)
    assert re.search(r"3 overdue, since <time", body)
    assert re.search(r"<td><time[^>]*>[^<]*</time>\s*<span", body)  # when the next one comes
    assert "Refused because its module is inactive" in body


def test_slots_that_nothing_started_are_counted_once(
    operator: Client, superuser: Client, acme: Shop, globex: Shop
) -> None:
    for shop in (acme, globex, acme):
        execute(
            "UPDATE modules_schedule SET since = now() - interval '290 min',"
            " next_at = now() - interval '170 min' WHERE org_id = %s",
            shop.org.id,
        )
        fire_due()
    assert page(operator, OPERATIONS).count("3 missed in two days") == 1
    body = page(superuser, OPERATIONS)
    assert body.count("3 missed in two days") == 2
    assert "overdue" not in body


def delivery(shop: Shop, number: int, **columns: Any) -> None:
    given = {
        "id": f"delivery-{shop.name}-{number}", "org_id": shop.org.id, "execution_id": shop.run,
        "module_id": shop.module, "url": "https://hooks.example/secret-path",
        "host": f"{shop.name.lower()}{number}.example", "outcome": "completed", **columns,
    }  # fmt: skip
    names = ", ".join(given)
    execute(
        f"INSERT INTO executions_delivery ({names}) VALUES ({', '.join(['%s'] * len(given))})",
        *given.values(),
    )


def test_webhooks_that_do_not_arrive_are_told_without_their_addresses(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    now = timezone.now()
    execute("DELETE FROM executions_delivery")
    assert "All webhooks of the last day arrived" in page(operator, OPERATIONS)
    delivery(acme, 1, attempts=2, last_status=503)
    delivery(acme, 2, attempts=9, state="failed", settled_at=now, last_error="no answer")
    delivery(acme, 3)  # its first attempt is still to come
    delivery(acme, 4, attempts=1, state="delivered", settled_at=now)
    delivery(acme, 5, attempts=9, state="failed", settled_at=now - timedelta(days=2))
    delivery(globex, 6, attempts=2)
    body = page(operator, OPERATIONS)
    shown = [n for n in range(1, 7) if f"{'globex' if n == 6 else 'acme'}{n}.example" in body]
    assert shown == [1, 2]
    assert "Answered 503" in body
    assert "No answer" in body
    assert body.count("Given up") == 1
    assert "secret-path" not in body


def test_indexes_that_are_missing_are_told_until_they_are_there(superuser: Client) -> None:
    assert f"{len(SHARED_INDEXES)} indexes would make lists quicker" in page(superuser, OPERATIONS)
    for index in SHARED_INDEXES:
        execute(index.statement.replace("CONCURRENTLY ", ""))
    assert "would make lists quicker" not in page(superuser, OPERATIONS)


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
