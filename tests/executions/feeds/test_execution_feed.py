"""An execution's feed, over WebSockets and as an event stream: order, resumption, the end."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests import factories
from tests.executions.feeds import clients
from tests.factories import Org
from tests.live import Live

Read = Callable[[Live, Org, str, int], Iterator[dict[str, Any]]]


def by_socket(live: Live, org: Org, execution_id: str, after: int) -> Iterator[dict[str, Any]]:
    path = f"/ws/executions/{execution_id}?after_seq={after}"
    with clients.watching(live, org, path) as opened:
        yield from clients.messages(opened)
        assert opened.close_code == 1000


def by_stream(live: Live, org: Org, execution_id: str, after: int) -> Iterator[dict[str, Any]]:
    with clients.stream(live, org, execution_id, last=after) as response:
        assert response.status_code == 200
        for frame in clients.frames(response):
            assert (frame.id is not None) == (frame.event == "event")
            assert frame.id in (None, str(frame.data.get("seq")))
            yield {"type": frame.event, **frame.data}


both = pytest.mark.parametrize("read", [by_socket, by_stream])


@pytest.fixture
def org(live: Live) -> Org:
    org = factories.organization(live.db)
    for name in ("echo", "counter", "reporter", "poison"):
        factories.module(live.db, org=org, python_module=name, name=f"my {name}")
    return org


def stored_seqs(live: Live, execution_id: str) -> list[int]:
    rows = live.db.execute(
        "SELECT seq FROM executions_event WHERE execution_id = %s ORDER BY seq", [execution_id]
    )
    return [row[0] for row in rows]


@both
def test_a_run_is_followed_from_the_queue_to_its_end(live: Live, org: Org, read: Read) -> None:
    execution_id = clients.submitted(live, org, "counter", {"up_to": 30, "pause_s": 0.01})
    told = list(read(live, org, execution_id, 0))

    events = [m for m in told if m["type"] == "event"]
    assert [m["message"] for m in events] == [str(n) for n in range(30)]
    assert [m["seq"] for m in events] == stored_seqs(live, execution_id)
    assert set(events[0]) == {"type", "seq", "attempt", "kind", "level", "message", "at", "data"}
    states = [m for m in told if m["type"] == "state"]
    order = ["queued", "running", "done"]
    ranks = [order.index(m["state"]) for m in states]
    assert ranks == sorted(ranks)
    assert (states[-1]["outcome"], states[-1]["status"]) == ("completed", "completed")
    end = {"type": "end", "execution_id": execution_id, "status": "completed",
           "output": {"counted": 30}, "error": None}  # fmt: skip
    assert told[-1] == end
    assert [m["type"] for m in told].count("end") == 1
    assert told.index(events[-1]) < told.index(states[-1])


@both
def test_cut_at_every_boundary_and_resumed_nothing_is_missing_or_repeated(
    live: Live, org: Org, read: Read
) -> None:
    execution_id = clients.submitted(live, org, "counter", {"up_to": 300, "pause_s": 0.005})
    seen: list[int] = []
    while len(seen) < 300:
        for told in read(live, org, execution_id, seen[-1] if seen else 0):
            if told["type"] == "event":
                seen.append(told["seq"])
                break
    assert seen == stored_seqs(live, execution_id)
    [*_, last] = read(live, org, execution_id, seen[-1])
    assert (last["type"], last["output"]) == ("end", {"counted": 300})


@both
def test_a_finished_execution_is_told_whole_and_ends_at_once(
    live: Live, org: Org, read: Read
) -> None:
    execution_id = live.execute(org, "counter", {"up_to": 700}).json()["execution_id"]
    told = list(read(live, org, execution_id, 0))
    assert [m["type"] for m in told] == ["event"] * 700 + ["state", "end"]
    assert [m["seq"] for m in told[:700]] == stored_seqs(live, execution_id)
    rest = list(read(live, org, execution_id, told[699]["seq"]))
    assert [m["type"] for m in rest] == ["state", "end"]


@both
def test_a_failed_execution_ends_with_its_error_and_without_a_traceback(
    live: Live, org: Org, read: Read
) -> None:
    execution_id = live.execute(org, "poison", {"how": "raise"}).json()["execution_id"]
    kinds = "SELECT kind FROM executions_event WHERE execution_id = %s"
    assert ("traceback",) in live.db.execute(kinds, [execution_id]).fetchall()
    told = list(read(live, org, execution_id, 0))
    assert [m["kind"] for m in told if m["type"] == "event" and m["kind"] == "traceback"] == []
    assert told[-1]["status"] == "failed"
    assert "IndexError" in told[-1]["error"]
    assert "Traceback" not in str(told)


@both
def test_a_large_output_is_left_out_and_that_is_said(live: Live, org: Org, read: Read) -> None:
    large = live.execute(org, "echo", {"text": "x" * 70_000}).json()["execution_id"]
    small = live.execute(org, "echo", {"text": "x" * 10_000}).json()["execution_id"]
    [*_, end] = read(live, org, large, 0)
    assert (end["output"], end["output_omitted"], end["status"]) == (None, True, "completed")
    [*_, end] = read(live, org, small, 0)
    assert end["output"] == {"text": "x" * 10_000}
    assert "output_omitted" not in end


@both
def test_a_cancel_is_seen_while_it_is_queued(live: Live, org: Org, read: Read) -> None:
    module_id = factories.module(live.db, org=org, name="held back")
    factories.policy(live.db, org=org, module_id=module_id, paused=True)
    execution_id = clients.submitted(live, org, module_id)
    reading = read(live, org, execution_id, 0)
    first = next(reading)
    assert (first["type"], first["state"], first["cancel_requested"]) == ("state", "queued", False)
    path = f"/executions/{execution_id}/cancel"
    assert live.http.post(path, headers={"X-API-Key": org.key}).status_code == 200
    done, end = reading
    assert (done["state"], done["outcome"], done["cancel_requested"]) == ("done", "cancelled", True)
    assert end["error"] == "Cancelled."


@both
def test_an_execution_that_is_deleted_meanwhile_ends(live: Live, org: Org, read: Read) -> None:
    module_id = factories.module(live.db, org=org, name="to be deleted")
    row = factories.gateway_row(live.db, org=org, module_id=module_id)
    reading = read(live, org, row, 0)
    first = next(reading)
    assert (first["state"], first["status"]) == (None, "pending")
    live.db.execute("DELETE FROM public.modules WHERE id = %s", [module_id])
    [end] = reading
    assert (end["type"], end["error"]) == ("end", "The execution was deleted.")


def test_many_events_at_once_keep_their_order(live: Live, org: Org) -> None:
    """More than a page, while somebody is already there."""
    execution_id = clients.submitted(live, org, "counter", {"up_to": 3000})
    told = [m for m in by_socket(live, org, execution_id, 0) if m["type"] == "event"]
    assert [m["message"] for m in told] == [str(n) for n in range(3000)]
    assert all(a["seq"] < b["seq"] for a, b in pairwise(told))
