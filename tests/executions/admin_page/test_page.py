"""The page of an execution, in every condition that one can be in."""

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.executions.admin_page.conftest import (
    ENDED,
    PAGE,
    RUNNING,
    completed,
    page,
    report,
    run_of,
    store,
)
from tests.tenancy.conftest import Shop, staff


def _status(html: str) -> str:
    """The word that the summary begins with."""
    found = re.search(r'pa-x-big">.*?</span>([^<]+)</span>', html, re.DOTALL)
    assert found
    return found[1].strip()


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({}, "Queued"),
        ({"attempt": 1, "max_attempts": 3}, "Queued again"),
        ({"suspended": "approval:ask"}, "Waiting for approval"),
        ({"suspended": "wait:nap"}, "Paused"),
        (RUNNING, "Running"),
        ({**RUNNING, "cancel_requested_at": "2026-01-31Z"}, "Cancelling"),
        ({**ENDED, "outcome": "completed"}, "Completed"),
        ({**ENDED, "outcome": "failed"}, "Failed"),
        ({**ENDED, "outcome": "timed_out"}, "Timed out"),
        ({**ENDED, "outcome": "cancelled"}, "Cancelled"),
        ({**ENDED, "outcome": "lost"}, "Lost"),
    ],
)
def test_says_in_words_how_it_stands(
    operator: Client, acme: Shop, columns: dict[str, object], word: str
) -> None:
    html = page(operator, run_of(acme, **columns))
    assert _status(html) == word
    assert ("data-live=" in html) is ("outcome" not in columns)


@pytest.mark.parametrize(
    ("status", "word"), [("pending", "Never started"), ("failed", "Failed elsewhere")]
)
def test_a_row_of_the_gateway_without_a_run_has_a_page(
    operator: Client, acme: Shop, status: str, word: str
) -> None:
    with connection.cursor() as cursor:
        row = factories.gateway_row(cursor, org=acme.org, module_id=acme.module, status=status)
    assert _status(page(operator, row)) == word


def test_a_foreign_modules_name_is_not_told(operator: Client, acme: Shop, globex: Shop) -> None:
    with connection.cursor() as cursor:
        row = factories.gateway_row(cursor, org=acme.org, module_id=globex.module)
    html = page(operator, row)
    assert "of another organization" in html
    assert [mark for mark in globex.marks() if mark in html] == []


def test_why_it_waits_is_said(operator: Client, acme: Shop) -> None:
    html = page(operator, run_of(acme, available_at="2099-01-01 10:00Z"))
    assert "It is due at" in html
    assert "2099-01-01 10:00:00" in html


def test_all_attempts_are_on_the_timeline(operator: Client, acme: Shop) -> None:
    id_ = run_of(
        acme, status="failed",
        **{**ENDED, "attempt": 3, "max_attempts": 3, "outcome": "failed"},
    )  # fmt: skip
    store(id_, error="The server said no.")
    for attempt in (1, 2):
        began = {"started_at": "2026-01-31T12:00:00.5Z", "code": "temporary"}
        report(acme, id_, f"No answer to {attempt}", kind="attempt", attempt=attempt, data=began)
    html = page(operator, id_)
    assert re.findall(r'pa-x-label">(Attempt \d)<', html) == [f"Attempt {n}" for n in (1, 2, 3)]
    assert "The server said no." in html
    assert "Attempt 2: No answer to 2" in html
    assert "3 of 3" in html


@pytest.mark.parametrize(("role", "seen"), [("viewer", 0), ("operator", 0), ("admin", 1)])
def test_tracebacks_are_for_admins(acme: Shop, role: str, seen: int) -> None:
    id_ = run_of(acme, status="failed", **ENDED, outcome="failed")
    store(id_, error="It broke.")
    report(acme, id_, "Traceback: line 7", kind="traceback", level="error")
    html = page(staff("pat", acme=(acme, role)), id_)
    assert html.count("Traceback: line 7") == seen
    assert "It broke." in html


def test_of_a_long_log_the_end_is_shown_and_the_rest_by_pages(operator: Client, acme: Shop) -> None:
    id_ = run_of(acme, **RUNNING)
    report(acme, id_, *(f"line {n}." for n in range(5_000)))
    html = page(operator, id_)
    assert "line 4999." in html
    assert html.count('<li data-level="info">') == 500
    before = re.search(r"\?before=(\d+)", html)
    assert before
    earlier = page(operator, id_, before=before[1])
    assert "line 4499." in earlier
    assert "line 4500." not in earlier


def test_streamed_text_grows_together_and_is_no_line(operator: Client, acme: Shop) -> None:
    id_ = run_of(acme, **RUNNING)
    report(acme, id_, "Once ", "upon ", "a <time>", kind="token")
    report(acme, id_, "Half", kind="progress", data={"fraction": 0.5})
    html = page(operator, id_)
    assert "Once upon a &lt;time&gt;</pre>" in html
    assert "50 %: Half" in html
    assert '<li data-level="info">' not in html


def test_records_are_tables_of_at_most_200_rows(operator: Client, acme: Shop) -> None:
    records = [{"city": f"City {n};", "visits": n} for n in range(300)]
    html = page(operator, completed(acme, output={"records": records}))
    assert "records: 300 rows, the first 200 shown" in html
    assert html.count("<td>City ") == 200


def test_an_output_of_ten_megabytes_is_a_download(operator: Client, acme: Shop) -> None:
    id_ = completed(acme)
    text = json.dumps({"text": "x" * 10_000_000})
    store(id_, output=text)
    html = page(operator, id_)
    assert len(html) < 200_000
    assert "too large to be shown whole" in html
    response = operator.get(f"{PAGE}/{id_}/output.json")
    assert response.content.decode() == text
    assert response["Content-Disposition"] == f'attachment; filename="{id_}-output.json"'


@pytest.mark.parametrize(
    "text",
    ["{not json", '{"a": NaN}', "<script>alert(1)</script>", '{"<script>": "<b>"}', "[" * 900],
)
def test_what_anybody_stored_is_shown_as_text(operator: Client, acme: Shop, text: str) -> None:
    id_ = completed(acme)
    store(id_, output=text, input=text)
    html = page(operator, id_)
    assert "<script>alert" not in html
    assert "<b>" not in html


def test_a_value_with_many_parts_and_levels_makes_no_endless_page(
    operator: Client, acme: Shop
) -> None:
    deep: object = 1
    for _ in range(200):
        deep = [deep]
    html = page(operator, completed(acme, output={"deep": deep, "wide": list(range(100_000))}))
    assert "deeper than is shown here" in html
    assert "more, not shown here" in html
    assert len(html) < 400_000


@pytest.mark.parametrize("depth", [300, 600, 800, 900, 20_000])
def test_what_is_nested_more_deeply_than_can_be_handled_has_pages(
    operator: Client, acme: Shop, depth: int
) -> None:
    one, other = completed(acme), completed(acme)
    for id_, inmost in ((one, "1"), (other, "2")):
        store(id_, output=f'[{{"deep": {"[" * depth}{inmost}{"]" * depth}}}]')
    page(operator, one)
    page(operator, one, below="compare/", **{"with": other})


def test_tokens_and_cost_are_added_up(operator: Client, acme: Shop) -> None:
    used = [
        {"model": "small", "input_tokens": 1_200, "output_tokens": 30, "cost_usd": 0.5},
        {"model": "large", "input_tokens": 4, "output_tokens": 5, "cost_usd": None},
    ]
    html = page(operator, completed(acme, usage=json.dumps(used)))
    assert "1204" in html
    assert "$0.5000" in html


@pytest.mark.parametrize("usage", ['"much"', "5", "[1, null]", '[{"input_tokens": "x"}]'])
def test_usage_of_any_shape_is_no_error(operator: Client, acme: Shop, usage: str) -> None:
    page(operator, completed(acme, usage=usage))


def test_children_are_a_tree(operator: Client, acme: Shop) -> None:
    id_ = run_of(acme, **RUNNING)
    child = run_of(acme, parent=id_, depth=1, **RUNNING)
    grandchild = run_of(acme, parent=child, depth=2)
    html = page(operator, id_)
    assert html.index(child) < html.index(grandchild)
    assert f"{PAGE}/{id_}/change/" in page(operator, child)


def test_as_many_queries_for_a_full_execution_as_for_an_empty_one(
    operator: Client, acme: Shop
) -> None:
    def queries(id_: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            page(operator, id_)
        return len(seen)

    few, many = run_of(acme, **RUNNING), run_of(acme, **RUNNING)
    report(acme, few, "one")
    run_of(acme, parent=few)
    report(acme, many, *(f"line {n}" for n in range(50)))
    for _ in range(20):
        run_of(acme, parent=many)
    assert queries(many) == queries(few) <= 20


def test_a_foreign_execution_looks_like_a_missing_one(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    foreign, missing = run_of(globex), "x" * 32
    for below in ("change/", "compare/", "input.json", "output.json"):
        answers = [operator.get(f"{PAGE}/{id_}/{below}") for id_ in (foreign, missing)]
        assert [a.status_code for a in answers] == [302, 302], below
        assert answers[0]["Location"] == answers[1]["Location"]
