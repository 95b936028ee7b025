"""The first page: figures of the day, of one's own organizations, and what needs somebody."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from executions import switches
from executions.targets import EVERYTHING
from tests import factories
from tests.executions.admin_overview.conftest import ended, execute, page, queued, worker
from tests.tenancy.conftest import Shop, staff


def figure(body: str, title: str) -> tuple[str, str]:
    """What a tile says: the figure, and the line below."""
    value, note = (rf'<span class="po-{name}">(.*?)</span>\s*' for name in ("value", "note"))
    found = re.search(rf'po-title">{title}</span>\s*{value}{note}', body)
    assert found, f"no figure {title}"
    return found[1], found[2]


@pytest.fixture
def day(acme: Shop, globex: Shop) -> None:
    for _ in range(6):
        ended(acme.org, acme.module, took_s=1, cost_usd=0.5)
    ended(acme.org, acme.module, "failed", took_s=30)
    ended(acme.org, acme.module, "timed_out", took_s=30)
    ended(acme.org, acme.module, "cancelled")
    ended(globex.org, globex.module, "lost", cost_usd=100)


def test_the_figures_are_those_of_ones_own_organization(day: None, operator: Client) -> None:
    worker()
    body = page(operator, "")
    assert figure(body, "Runs")[0] == "9"
    assert figure(body, "Success") == ("75.0 %", "2 failures")
    assert 0.8 < float(figure(body, "Half take up to")[0].removesuffix(" s")) < 1.2
    assert figure(body, "Cost today")[1] == "$3.00 this month"
    assert figure(body, "Workers")[0] == "1"
    assert "Globex" not in body


def test_a_superuser_sees_all_and_what_is_chosen_narrows_it(
    day: None, superuser: Client, globex: Shop
) -> None:
    assert figure(page(superuser, ""), "Runs")[0] == "10"
    superuser.post("/admin/organization/", {"organization": globex.org.id})
    body = page(superuser, "")
    assert figure(body, "Runs")[0] == "1"
    assert figure(body, "Success") == ("0.0 %", "1 failure")
    assert "Acme" not in body


def test_what_ended_is_drawn_and_told_by_outcome(day: None, operator: Client) -> None:
    body = page(operator, "")
    for outcome, runs in (("completed", 6), ("failed", 1), ("timed_out", 1), ("lost", 0)):
        drawn = len(re.findall(rf'<rect class="po-{outcome}"', body))
        assert bool(drawn) == bool(runs)
        assert re.search(rf"outcome={outcome}[^>]*>.*?<strong>{runs}</strong>", body, re.DOTALL)


def test_modules_that_fail_are_named_with_the_worst_first(operator: Client, acme: Shop) -> None:
    with connection.cursor() as cursor:
        good, bad = (
            factories.module(cursor, org=acme.org, name=name) for name in ("Good one", "Bad one")
        )
    ended(acme.org, good)
    ended(acme.org, bad, "failed")
    for _ in range(2):
        ended(acme.org, acme.module, "failed")
    body = page(operator, "")
    assert "Good one" not in body
    assert body.index("Acme module") < body.index("Bad one")
    assert f"module={bad}" in body


def test_every_number_leads_to_the_list_behind_it(day: None, operator: Client, acme: Shop) -> None:
    queued(acme.org, acme.module, minutes=3)
    body = page(operator, "")
    tiles = re.findall(r'<li class="po-card">\s*<a href="([^"]+)"', body)
    assert len(tiles) == 5  # all but the workers, whose list is for superusers
    assert all(tile.startswith("/admin/executions/moduleexecution/?") for tile in tiles)
    assert f"state=queued&amp;org={acme.org.id}" in body


def test_the_queue_is_told_by_organization(operator: Client, acme: Shop, globex: Shop) -> None:
    queued(acme.org, acme.module, minutes=90)
    queued(globex.org, globex.module, minutes=600)
    ended(acme.org, acme.module)
    body = page(operator, "")
    assert figure(body, "Waiting")[0] == "2"  # the one that is there, and this one
    assert figure(body, "Waiting")[1].startswith("longest for 1 h 30 min")
    assert "10 h" not in body


def test_what_is_due_later_is_not_late(operator: Client, acme: Shop) -> None:
    execute("DELETE FROM executions_run WHERE org_id = %s", acme.org.id)
    queued(acme.org, acme.module, minutes=-60)
    body = page(operator, "")
    assert figure(body, "Waiting") == ("1", "nothing is late")
    assert "not due yet" in body


class TestWhatNeedsSomebody:
    def test_no_worker(self, operator: Client) -> None:
        worker(seconds_ago=60)
        assert "No worker is alive" in page(operator, "")
        worker(pid=4712)
        assert "No worker is alive" not in page(operator, "")

    def test_everything_paused_and_why_only_for_superusers(
        self, operator: Client, superuser: Client
    ) -> None:
        switches.pause(EVERYTHING, reason="Moving the database", by="root")
        assert "Everything is paused." in page(operator, "")
        assert "Moving the database" not in page(operator, "")
        assert "Moving the database" in page(superuser, "")

    def test_modules_out_of_service_and_approvals(
        self, operator: Client, acme: Shop, globex: Shop
    ) -> None:
        execute("UPDATE public.modules SET status = 'error' WHERE id = %s", globex.module)
        body = page(operator, "")
        assert "out of service" not in body
        assert "1 workflow waits for your approval" in body
        execute("UPDATE public.modules SET status = 'error' WHERE id = %s", acme.module)
        assert "1 module is out of service" in page(operator, "")


def test_a_new_organization_is_told_what_to_do_first(operator: Client, acme: Shop) -> None:
    execute("DELETE FROM executions_run WHERE org_id = %s", acme.org.id)
    body = page(operator, "")
    assert "Nothing has run yet" in body
    assert "Open a module" in body
    execute("DELETE FROM public.modules WHERE org_id = %s", acme.org.id)
    assert "Add a module" in page(operator, "")
    with connection.cursor() as cursor:
        ended(acme.org, factories.module(cursor, org=acme.org))
    assert "Nothing has run yet" not in page(operator, "")


def test_who_has_no_organization_sees_no_figure(acme: Shop) -> None:
    body = page(staff("noah"), "")
    assert "You belong to no organization yet" in body
    assert "po-value" not in body


def test_the_page_asks_twenty_questions_at_most_whatever_there_is(
    superuser: Client, acme: Shop, globex: Shop
) -> None:
    counts: list[int] = []
    for more in (1, 12):
        for number in range(more):
            with connection.cursor() as cursor:
                org = factories.organization(cursor, name=f"Org {more} {number}")
                module = factories.module(cursor, org=org)
            ended(org, module, "failed")
            queued(org, module, minutes=5)
        with CaptureQueriesContext(connection) as queries:
            page(superuser, "")
        counts.append(len(_statements(queries)))
    assert counts[0] == counts[1] <= 20


def _statements(queries: Any) -> list[str]:
    """Without the savepoints that stand for transactions in a test."""
    statements = [query["sql"] for query in queries.captured_queries]
    return [one for one in statements if "SAVEPOINT" not in one]
