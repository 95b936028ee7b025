"""The list of executions: what it says, its filters, and whose rows they find."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.executions.admin_list.conftest import PATH, add, body, link, listed
from tests.tenancy.conftest import Shop, staff

pytestmark = pytest.mark.django_db


def test_a_row_says_names_and_no_ids(operator: Client, acme: Shop, module: str) -> None:
    by = f"key:{acme.org.key_id}"
    row = add(acme.org, module, outcome="failed", took_s=1.24, error="No answer.\nat line 7",
              requested_by=by)  # fmt: skip
    text = body(operator, outcome="failed")
    shown = re.sub(r"<[^>]+>|\s+", " ", text[text.index("<tbody>") : text.index("</tbody>")])
    for word in ("Letters", "echo", "Failed", "1.2 s", "API", "Acme key", "No answer."):
        assert word in shown
    assert row not in shown
    assert acme.org.key_id not in text
    assert "the input" not in text
    assert "the output" not in text


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("completed", "Completed"), ("failed", "Failed"), ("timed_out", "Took too long"),
        ("cancelled", "Cancelled"), ("lost", "Lost"), ("queued", "Queued"), ("running", "Running"),
    ],
)  # fmt: skip
def test_each_state_has_a_word(
    operator: Client, acme: Shop, module: str, outcome: str, word: str
) -> None:
    add(acme.org, module, outcome=outcome)
    rows = body(operator, module=module)
    assert f"</span>{word}</span>" in rows


def test_a_row_of_the_gateway_that_nobody_submitted_is_listed(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    assert listed(operator) == [acme.execution]
    assert "Not sent" in body(operator)


def test_filters_find_what_they_say(operator: Client, acme: Shop, module: str) -> None:
    with connection.cursor() as cursor:
        task = factories.task(cursor, org=acme.org)
    good = add(acme.org, module, minute=1)
    bad = add(acme.org, module, outcome="failed", minute=2, origin="schedule", took_s=61)
    slow = add(acme.org, acme.module, outcome="timed_out", minute=3, took_s=601, task=task)
    queued = add(acme.org, acme.module, outcome="queued", minute=4, origin="admin")
    running = add(acme.org, acme.module, outcome="running", minute=5, requested_by="user:ann")
    found = {
        "outcome=completed": [good], "outcome=failed": [bad], "outcome=unsuccessful": [slow, bad],
        "outcome=lost": [], "state=queued": [queued], "state=running": [running],
        "state=done": [slow, bad, good], "origin=schedule": [bad], "origin=admin": [queued],
        "took=1": [slow, bad], "took=3": [slow, bad], "took=4": [slow], f"task={task}": [slow],
        f"module={module}": [bad, good], f"module={module}&outcome=failed": [bad],
        "q=letters": [bad, good], f"q={slow}": [slow], "q=nothing like it": [],
        "q=letters&outcome=completed": [good], f"task={task}&outcome=failed": [],
        f"task={task}&took=4": [slow], f"q={slow}&state=running": [],
        "start=2026-01-01T00:02&until=2026-01-01T00:04": [slow, bad],
        "since=2026-01-01T00:03:00Z&state=done": [slow],
    }  # fmt: skip
    for query, expected in found.items():
        given = dict(part.split("=", 1) for part in query.split("&"))
        assert listed(operator, **given) == expected, query


def test_the_last_hour_leaves_out_what_is_older(
    operator: Client, acme: Shop, globex: Shop, module: str
) -> None:
    add(acme.org, module)
    assert listed(operator, since="1h") == [acme.execution]


@pytest.mark.parametrize(
    "query",
    ["", "outcome=failed", "state=done", "module={module}", "q={row}", "q=Globex", "org={org}",
     "task={task}", "outcome=failed&module={module}", "took=1"],
)  # fmt: skip
def test_nothing_foreign_is_found(
    operator: Client, acme: Shop, globex: Shop, foreign: str, query: str
) -> None:
    given = query.format(
        module=globex.module, row=foreign, org=globex.org.id, task=globex.task
    )  # fmt: skip
    text = operator.get(f"{PATH}?{given}").content.decode()
    assert 'data-id="' + foreign not in text
    assert "Globex's own error" not in text
    assert "Globex module" not in text


def test_a_foreign_module_is_refused_as_a_missing_one(
    operator: Client, acme: Shop, globex: Shop, foreign: str
) -> None:
    def answer(module: str) -> str:
        text = body(operator, module=module)
        return re.sub(r'(csrfmiddlewaretoken" value=|hx-headers=)"[^"]*"', "", text).replace(
            module, "ID"
        )

    assert answer(globex.module) == answer("f" * len(globex.module))


def test_members_of_two_organizations_see_both_in_one_order(
    acme: Shop, globex: Shop, module: str, foreign: str
) -> None:
    both = staff("bea", acme=(acme, "operator"), globex=(globex, "viewer"))
    first = add(acme.org, module, outcome="failed", minute=9)
    last = add(acme.org, module, outcome="failed", minute=1)
    assert listed(both, outcome="failed") == [first, foreign, last]
    assert listed(both, outcome="failed", org=acme.org.id) == [first, last]
    assert listed(both, until="2026-01-01T01:00") == [first, foreign, last]
    assert ">Globex<" in body(both, outcome="failed")


def test_a_superuser_sees_all(
    superuser: Client, acme: Shop, globex: Shop, module: str, foreign: str
) -> None:
    mine = add(acme.org, module, outcome="failed", minute=9)
    assert listed(superuser, outcome="failed") == [mine, foreign]
    assert listed(superuser, outcome="failed", org=globex.org.id) == [foreign]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("outcome=bad", "Select a valid choice"),
        ("since=yesterday", "Expected a date and a time"),
        ("took=9", "Select a valid choice"),
        (f"q={'x' * 300}", "at most 255"),
    ],
)
def test_a_wrong_value_is_told_and_lists_nothing(
    operator: Client, acme: Shop, query: str, why: str
) -> None:
    text = operator.get(f"{PATH}?{query}").content.decode()
    assert why in text
    assert "data-id" not in text


def test_a_filter_that_is_not_known_is_not_ignored(operator: Client, acme: Shop) -> None:
    response = operator.get(f"{PATH}?outcom=failed")
    assert response.status_code == 302
    assert response["location"] == "?e=1"


@pytest.mark.parametrize("query", [{}, {"outcome": "failed"}, {"took": "1"}])
def test_pages_meet_every_row_once_in_both_directions(
    operator: Client, acme: Shop, module: str, query: dict[str, str]
) -> None:
    """Many of the same moment, as batches make them."""
    for number in range(120):
        add(acme.org, module, outcome="failed", minute=number // 40, took_s=20)
    rows, path, pages = [], f"{PATH}?{'&'.join(f'{k}={v}' for k, v in query.items())}", []
    while path:
        text = operator.get(path).content.decode()
        pages.append(re.findall(r'<tr data-id="([^"]+)"', text))
        rows += pages[-1]
        last, path = text, f"{PATH}{found}" if (found := link(text, "next")) else ""
    assert [len(page) for page in pages] == [50, 50, 20 if query else 21]
    assert len(set(rows)) == len(rows)
    back = link(last, "prev")
    middle = operator.get(f"{PATH}{back}").content.decode()
    assert re.findall(r'<tr data-id="([^"]+)"', middle) == pages[1]
    first = operator.get(f"{PATH}{link(middle, 'prev')}").content.decode()
    assert re.findall(r'<tr data-id="([^"]+)"', first) == pages[0]
    assert link(first, "prev") is None


@pytest.mark.parametrize("place", ["older=nonsense", "newer=!!", "older="])
def test_a_place_that_is_none_is_the_first_page(operator: Client, acme: Shop, place: str) -> None:
    assert acme.execution in operator.get(f"{PATH}?{place}").content.decode()


@pytest.mark.parametrize("query", [{}, {"outcome": "unsuccessful"}, {"q": "Letters", "took": "1"}])
def test_a_page_takes_few_queries_and_counts_nothing(
    acme: Shop, globex: Shop, module: str, query: dict[str, str]
) -> None:
    both = staff("bea", acme=(acme, "operator"), globex=(globex, "viewer"))
    for number in range(60):
        add(acme.org, module, outcome="failed", minute=number, took_s=5,
            requested_by=f"key:{acme.org.key_id}")  # fmt: skip
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert len(listed(both, **query)) == 50
    assert len(captured) <= 20
    statements = " ".join(one["sql"].upper() for one in captured.captured_queries)
    assert "COUNT(" not in statements
    assert "OFFSET" not in statements


def test_staff_without_an_organization_are_told_why(acme: Shop) -> None:
    text = body(staff("noah"))
    assert acme.execution not in text
    assert "organization" in text
