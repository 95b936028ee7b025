"""GET /executions/{id}/events: pages, and what is wrong with a request."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from tests.executions.feeds import clients
from tests.factories import Org
from tests.live import Live


@pytest.fixture
def org(live: Live) -> Org:
    org = factories.organization(live.db)
    for name in ("echo", "counter", "poison"):
        factories.module(live.db, org=org, python_module=name, name=f"my {name}")
    return org


def page(live: Live, org: Org, execution_id: str, query: str = "") -> dict[str, Any]:
    answer = live.get(org, f"/executions/{execution_id}/events{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.json()
    return body


def test_the_log_is_read_in_pages_to_its_end(live: Live, org: Org) -> None:
    execution_id = live.execute(org, "counter", {"up_to": 25}).json()["execution_id"]
    seen: list[str] = []
    last, finished = 0, False
    while not finished:
        found = page(live, org, execution_id, f"?after_seq={last}&limit=10")
        assert found.keys() == {"events", "last_seq", "finished"}
        seen += [event["message"] for event in found["events"]]
        last, finished = found["last_seq"], found["finished"]
    assert seen == [str(n) for n in range(25)]
    again = page(live, org, execution_id, f"?after_seq={last}")
    assert again == {"events": [], "last_seq": last, "finished": True}


def test_an_event_says_when_which_attempt_reported_what(live: Live, org: Org) -> None:
    execution_id = live.execute(org, "counter", {"up_to": 1}).json()["execution_id"]
    [event] = page(live, org, execution_id)["events"]
    assert (event["attempt"], event["kind"], event["level"], event["message"], event["data"]) == (
        1, "log", "info", "0", None,
    )  # fmt: skip
    assert event["at"].endswith("Z")


def test_what_is_not_over_is_not_finished(live: Live, org: Org) -> None:
    execution_id = clients.submitted(live, org, "echo", {"sleep_s": 5})
    assert page(live, org, execution_id) == {"events": [], "last_seq": 0, "finished": False}


def test_large_events_come_in_short_pages(live: Live, org: Org) -> None:
    """A megabyte at once, and always one event at least."""
    execution_id = live.execute(org, "echo").json()["execution_id"]
    live.db.execute(
        "INSERT INTO executions_event (execution_id, org_id, attempt, kind, message)"
        " SELECT %s, %s, 1, 'log', repeat('x', 400000) FROM generate_series(1, 7)",
        [execution_id, org.id],
    )
    sizes, last, finished = [], 0, False
    while not finished:
        found = page(live, org, execution_id, f"?after_seq={last}")
        sizes.append(len(found["events"]))
        last, finished = found["last_seq"], found["finished"]
    assert sizes == [3, 3, 1]


def test_tracebacks_are_not_for_keys(live: Live, org: Org) -> None:
    execution_id = live.execute(org, "poison", {"how": "raise"}).json()["execution_id"]
    kinds = "SELECT kind FROM executions_event WHERE execution_id = %s"
    assert ("traceback",) in live.db.execute(kinds, [execution_id]).fetchall()
    found = page(live, org, execution_id)
    assert [e for e in found["events"] if e["kind"] == "traceback"] == []
    assert found["finished"]


@pytest.mark.parametrize(
    ("query", "headers", "path"),
    [
        ("?after_seq=x", {}, "after_seq"),
        ("?after_seq=-1", {}, "after_seq"),
        ("?after_seq=99999999999999999999", {}, "after_seq"),
        ("?limit=0", {}, "limit"),
        ("?limit=1001", {}, "limit"),
        ("?limit=ten", {}, "limit"),
        ("", {"Last-Event-ID": "x"}, "Last-Event-ID"),
        ("", {"Last-Event-ID": "", "Accept": "text/event-stream"}, "Last-Event-ID"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(
    live: Live, org: Org, query: str, headers: dict[str, str], path: str
) -> None:
    execution_id = live.execute(org, "echo").json()["execution_id"]
    headers = {"X-API-Key": org.key, **headers}
    answer = live.http.get(f"/executions/{execution_id}/events{query}", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"
    assert path in answer.json()["errors"]


def test_a_head_request_of_a_stream_ends(live: Live, org: Org) -> None:
    execution_id = clients.submitted(live, org, "echo", {"sleep_s": 5})
    headers = {"X-API-Key": org.key, "Accept": "text/event-stream"}
    answer = live.http.head(f"/executions/{execution_id}/events", headers=headers)
    assert answer.status_code == 406


@pytest.mark.django_db
def test_a_wsgi_server_says_that_it_cannot_stream() -> None:
    with connection.cursor() as cursor:
        org = factories.organization(cursor)
        module_id = factories.module(cursor, org=org)
        row = factories.gateway_row(cursor, org=org, module_id=module_id)
    headers = {"X-API-Key": org.key}
    streamed = Client().get(
        f"/executions/{row}/events", headers={**headers, "Accept": "text/event-stream"}
    )
    assert (streamed.status_code, streamed.json()["code"]) == (406, "stream_not_available")
    assert "after_seq" in streamed.json()["detail"]
    paged = Client().get(f"/executions/{row}/events", headers=headers)
    assert paged.json() == {"events": [], "last_seq": 0, "finished": False}
