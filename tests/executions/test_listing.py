"""GET /executions: pages, filters, and rows of the gateway that nobody submitted."""

import datetime as dt
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def rows(
    live: Live, org: Org, module: str, *, count: int, apart_s: float = 1, **run: Any
) -> list[str]:
    """Ids of finished executions, newest first, apart_s seconds apart."""
    ids = [uuid.uuid4().hex for _ in range(count)]
    run = {"agent": "echo", "lane": "io", "state": "done", "outcome": "completed", **run}
    with live.db.cursor() as cursor:
        for n, id_ in enumerate(ids):
            at = START + dt.timedelta(seconds=apart_s * n)
            cursor.execute(
                "INSERT INTO public.module_executions "
                "(id, module_id, org_id, status, started_at, completed_at) "
                "VALUES (%s, %s, %s, 'completed', %s, %s)",
                [id_, module, org.id, at.replace(tzinfo=None), at.replace(tzinfo=None)],
            )
            cursor.execute(
                f"INSERT INTO executions_run "
                f"(execution_id, org_id, module_id, queued_at, {', '.join(run)}) "
                f"VALUES (%s, %s, %s, %s{', %s' * len(run)})",
                [id_, org.id, module, at, *run.values()],
            )
    return ids[::-1]


def listed(tenants: Tenants, query: str = "") -> list[dict[str, Any]]:
    response = tenants.live.get(tenants.acme, f"/executions{query}")
    assert response.status_code == 200, response.text
    entries: list[dict[str, Any]] = response.json()["executions"]
    return entries


def ids(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["execution_id"] for entry in entries]


def walked(tenants: Tenants, query: str) -> list[list[str]]:
    """The ids of all pages."""
    pages, cursor = [], ""
    while True:
        response = tenants.live.get(tenants.acme, f"/executions?{query}{cursor}")
        assert response.status_code == 200, response.text
        pages.append(ids(response.json()["executions"]))
        following = response.json()["next"]
        if following is None:
            return pages
        cursor = f"&cursor={following}"


def test_an_entry_says_what_became_of_the_execution_but_not_its_data(tenants: Tenants) -> None:
    live = tenants.live
    task = factories.task(live.db, org=tenants.acme)
    done = live.execute(tenants.acme, "echo", {"n": 1}, task_id=task).json()["execution_id"]
    [entry] = listed(tenants)
    detail = live.get(tenants.acme, f"/executions/{done}").json()
    times = {name: entry.pop(name) for name in ("queued_at", "started_at", "completed_at")}
    assert times == {
        "queued_at": detail["run"]["queued_at"],
        "started_at": detail["started_at"],
        "completed_at": detail["completed_at"],
    }
    assert 0 <= entry.pop("duration_s") < 60
    assert entry == {
        "execution_id": done,
        "module_id": tenants.echo,
        "module_name": "A module",
        "task_id": task,
        "status": "completed",
        "error": None,
        "agent": "echo",
        "outcome": "completed",
        "state": "done",
        "origin": "api",
        "attempt": 1,
    }


def test_a_row_of_the_gateway_that_was_never_submitted_is_listed_without_a_run(
    tenants: Tenants,
) -> None:
    row = factories.gateway_row(tenants.live.db, org=tenants.acme, module_id=tenants.echo)
    [entry] = listed(tenants)
    assert entry["execution_id"] == row
    assert entry["status"] == "pending"
    assert entry["started_at"].endswith("Z")
    of_a_run = ("agent", "outcome", "state", "origin", "attempt", "queued_at")
    assert [entry[name] for name in of_a_run] == [None] * 6
    assert (entry["completed_at"], entry["duration_s"]) == (None, None)
    assert listed(tenants, "?origin=api") == []


def test_a_row_that_names_another_organizations_module_does_not_tell_its_name(
    tenants: Tenants,
) -> None:
    theirs = factories.module(tenants.live.db, org=tenants.globex, name="Globex module")
    factories.gateway_row(tenants.live.db, org=tenants.acme, module_id=theirs)
    [entry] = listed(tenants)
    assert entry["module_name"] is None


def test_a_long_error_is_cut(tenants: Tenants) -> None:
    row = factories.gateway_row(
        tenants.live.db, org=tenants.acme, module_id=tenants.echo, status="failed"
    )
    texts = {"é" * 300: "é" * 300, "é" * 301: "é" * 299 + "…", "": ""}
    for stored, shown in texts.items():
        tenants.live.db.execute(
            "UPDATE public.module_executions SET error = %s WHERE id = %s", [stored, row]
        )
        assert [entry["error"] for entry in listed(tenants)] == [shown]


@pytest.mark.parametrize("query", ["", "origin=api"])
@pytest.mark.parametrize("apart_s", [1, 0])
def test_pages_follow_one_another_without_a_gap_or_a_repeat(
    tenants: Tenants, query: str, apart_s: float
) -> None:
    """Newest first; at the same time, by id."""
    expected = rows(tenants.live, tenants.acme, tenants.echo, count=7, apart_s=apart_s)
    if not apart_s:
        expected = sorted(expected, reverse=True)
    for limit, sizes in ((3, [3, 3, 1]), (7, [7]), (1, [1] * 7)):
        pages = walked(tenants, f"limit={limit}&{query}")
        assert [len(page) for page in pages] == sizes
        assert [id_ for page in pages for id_ in page] == expected


@pytest.mark.parametrize("query", ["", "&origin=api"])
def test_what_is_new_meanwhile_does_not_shift_the_pages(tenants: Tenants, query: str) -> None:
    old = rows(tenants.live, tenants.acme, tenants.echo, count=4)
    first = tenants.live.get(tenants.acme, f"/executions?limit=2{query}").json()
    tenants.live.execute(tenants.acme, "echo")
    then = listed(tenants, f"?limit=2{query}&cursor={first['next']}")
    assert ids(first["executions"]) + ids(then) == old


def test_fifty_are_listed_unless_said_otherwise(tenants: Tenants) -> None:
    expected = rows(tenants.live, tenants.acme, tenants.echo, count=201)
    assert ids(listed(tenants)) == expected[:50]
    assert ids(listed(tenants, "?limit=200")) == expected[:200]


def test_each_filter_keeps_what_it_says_and_filters_add_up(tenants: Tenants) -> None:
    live, acme, echo = tenants.live, tenants.acme, tenants.echo
    other = factories.module(live.db, org=acme, python_module="witness", name="Other")
    task = factories.task(live.db, org=acme)
    [api] = rows(live, acme, echo, count=1)
    [failed] = rows(live, acme, echo, count=1, outcome="timed_out", origin="schedule")
    [elsewhere] = rows(live, acme, other, count=1)
    queued = factories.queued_run(live.db, org=acme, module_id=echo, available_at="2999-01-01")
    live.db.execute(
        "UPDATE public.module_executions SET status = 'failed', task_id = %s WHERE id = %s",
        [task, failed],
    )
    for query, expected in {
        "status=failed": {failed},
        "status=completed": {api, elsewhere},
        "status=pending": {queued},
        "outcome=timed_out": {failed},
        "outcome=lost": set(),
        "state=queued": {queued},
        "state=done": {api, failed, elsewhere},
        "origin=schedule": {failed},
        f"task_id={task}": {failed},
        f"module_id={echo}": {api, failed, queued},
        "module_id=echo": {api, failed, queued},
        "module_id=Other": {elsewhere},
        "module_id=witness&state=done": {elsewhere},
        f"module_id={other}&status=failed": set(),
        "state=done&status=failed": {failed},
        f"state=done&status=completed&module_id={echo}": {api},
        f"outcome=timed_out&task_id={task}&origin=schedule": {failed},
    }.items():
        assert set(ids(listed(tenants, f"?{query}"))) == expected, query


@pytest.mark.parametrize("also", ["", "&state=done"])
def test_times_bound_the_list_on_both_sides(tenants: Tenants, also: str) -> None:
    found = rows(tenants.live, tenants.acme, tenants.echo, count=5)

    def between(after: str, before: str) -> list[str]:
        return ids(
            listed(tenants, f"?created_after={quote(after)}&created_before={quote(before)}{also}")
        )

    assert between("2026-01-01T00:00:00Z", "2026-01-01T00:00:04Z") == found[1:4]
    assert between("2026-01-01T00:00:00.5z", "2026-01-01T00:00:03.000001Z") == found[1:4]
    assert between("2026-01-01T05:30:00+05:30", "2025-12-31T23:00:04-01:00") == found[1:4]
    assert between("2026-01-01T00:00:04Z", "2026-01-01T00:00:00Z") == []
    assert between("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z") == found


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=1_0", "limit"),
        ("limit=5.0", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=", "limit"),
        ("status=done", "status"),
        ("status=", "status"),
        ("outcome=ok", "outcome"),
        ("state=Queued", "state"),
        ("origin=me", "origin"),
        ("task_id=", "task_id"),
        ("module_id=" + "x" * 256, "module_id"),
        ("created_after=yesterday", "created_after"),
        ("created_after=1700000000", "created_after"),
        ("created_after=2026-01-01", "created_after"),
        ("created_after=2026-01-01T00:00:00", "created_after"),
        ("created_after=2026-01-01T00:00:00+00:00", "created_after"),
        ("created_before=2026-02-30T00:00:00Z", "created_before"),
        ("created_before=2026-01-01T00:00:60Z", "created_before"),
        ("created_before=0001-01-01T00:00:00%2B14:00", "created_before"),
        ("modul_id=x", "modul_id"),
        ("offset=10", "offset"),
        ("org_id=x", "org_id"),
        ("org__name=x", "org__name"),
        ("status=failed&status=completed", "status"),
        ("limit=5&limit=5", "limit"),
        ("cursor=", "cursor"),
        ("cursor=abc", "cursor"),
        ("cursor=" + "A" * 5_000, "cursor"),
        ("cursor=WyJzdGFydGVkX2F0IiwiMjAyNi0wMS0wMSIsIngiXQ", "cursor"),
        ("cursor=%C3%A9", "cursor"),
    ],
)
def test_a_query_that_is_not_understood_is_refused_with_its_name(
    tenants: Tenants, query: str, path: str
) -> None:
    response = tenants.live.get(tenants.acme, f"/executions?{query}")
    body = tenants.refusal(response, 400, "invalid_request")
    assert list(body["errors"]) == [path]


def test_everything_that_is_wrong_is_said_at_once(tenants: Tenants) -> None:
    response = tenants.live.get(tenants.acme, "/executions?limit=x&status=y&created_after=z")
    body = tenants.refusal(response, 400, "invalid_request")
    assert set(body["errors"]) == {"limit", "status", "created_after"}
    many = "&".join(f"{'x' * 200}{n}=1" for n in range(100))
    tenants.refusal(tenants.live.get(tenants.acme, f"/executions?{many}"), 400, "invalid_request")


def test_a_cursor_of_a_list_in_another_order_is_refused(tenants: Tenants) -> None:
    rows(tenants.live, tenants.acme, tenants.echo, count=2)
    following = tenants.live.get(tenants.acme, "/executions?limit=1").json()["next"]
    response = tenants.live.get(tenants.acme, f"/executions?state=done&cursor={following}")
    body = tenants.refusal(response, 400, "invalid_request")
    assert list(body["errors"]) == ["cursor"]


def test_a_cursor_with_a_changed_letter_is_refused_or_a_place_in_ones_own_list(
    tenants: Tenants,
) -> None:
    own = set(rows(tenants.live, tenants.acme, tenants.echo, count=3))
    rows(tenants.live, tenants.globex, tenants.echo, count=3)
    cursor = tenants.live.get(tenants.acme, "/executions?limit=1").json()["next"]
    for at in range(0, len(cursor), 5):
        changed = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        response = tenants.live.get(tenants.acme, f"/executions?cursor={changed}")
        if response.status_code == 200:
            assert set(ids(response.json()["executions"])) <= own
        else:
            tenants.refusal(response, 400, "invalid_request")


def test_a_module_that_is_ambiguous_or_missing_is_refused_as_in_execute(tenants: Tenants) -> None:
    factories.module(tenants.live.db, org=tenants.acme)
    for module, status, code in (
        ("echo", 409, "module_ambiguous"),
        ("no", 404, "module_not_found"),
    ):
        response = tenants.live.get(tenants.acme, f"/executions?module_id={module}")
        body = tenants.refusal(response, status, code)
        assert body == tenants.post(tenants.body(module_id=module)).json()


def test_an_execution_is_listed_while_it_waits_and_runs(tenants: Tenants) -> None:
    tenants.live.execute(tenants.acme, "echo", {"sleep_s": 1}, prefer="respond-async")
    [entry] = listed(tenants)
    assert entry["status"] in {"pending", "running"}
    wait_until(lambda: listed(tenants)[0]["status"] == "completed", what="it completes")
