"""An organization's feed: the states of all its executions, and of nobody else's."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from websockets.sync.client import ClientConnection

from tests import databases, factories
from tests.executions.feeds import clients
from tests.executions.feeds.clients import message, watching
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until

RANK = {"queued": 0, "running": 1, "done": 2}


@pytest.fixture
def acme(live: Live) -> Org:
    return organization(live, "Acme")


@pytest.fixture
def globex(live: Live) -> Org:
    return organization(live, "Globex")


def organization(live: Live, name: str) -> Org:
    org = factories.organization(live.db, name=name)
    factories.module(live.db, org=org)
    return org


def until_ready(opened: ClientConnection) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    while (one := message(opened))["type"] != "ready":
        told.append(one)
    return told


def until_done(opened: ClientConnection, ids: set[str]) -> list[dict[str, Any]]:
    """Everything up to the last end of these."""
    told: list[dict[str, Any]] = []
    left = set(ids)
    while left:
        told.append(message(opened))
        if told[-1]["state"] == "done":
            left.discard(told[-1]["execution_id"])
    return told


def test_what_happens_is_told_to_its_organization_alone(live: Live, acme: Org, globex: Org) -> None:
    with (
        watching(live, acme, "/ws/executions") as ours,
        watching(live, globex, "/ws/executions") as theirs,
    ):
        assert until_ready(ours) == until_ready(theirs) == []
        mine = {clients.submitted(live, acme, "echo") for _ in range(20)}
        foreign = {clients.submitted(live, globex, "echo") for _ in range(20)}
        told, told_them = until_done(ours, mine), until_done(theirs, foreign)
    assert {m["execution_id"] for m in told} == mine
    assert {m["execution_id"] for m in told_them} == foreign
    never_backwards(told)


def never_backwards(told: list[dict[str, Any]]) -> None:
    """For runs that are tried once."""
    seen: dict[str, int] = {}
    for one in told:
        rank = RANK[one["state"]]
        assert rank >= seen.get(one["execution_id"], 0)
        seen[one["execution_id"]] = rank


def test_who_comes_is_told_first_what_is_live(live: Live, acme: Org) -> None:
    held = factories.module(live.db, org=acme, python_module="reporter")
    factories.policy(live.db, org=acme, module_id=held, paused=True)
    waits = clients.submitted(live, acme, held)
    runs = clients.submitted(live, acme, "echo", {"sleep_s": 2})
    done = live.execute(acme, "echo").json()["execution_id"]
    state = "SELECT state FROM executions_run WHERE execution_id = %s"
    wait_until(lambda: live.db.execute(state, [runs]).fetchone() == ("running",))
    with watching(live, acme, "/ws/executions") as opened:
        first = {m["execution_id"]: m["state"] for m in until_ready(opened)}
        assert first == {waits: "queued", runs: "running"}
        assert done not in first
        until_done(opened, {runs})


def test_after_a_time_it_is_told_what_finished_since(live: Live, acme: Org, globex: Org) -> None:
    before = live.execute(acme, "echo").json()["execution_id"]
    [(time,)] = live.db.execute("SELECT now()").fetchall()
    done = [live.execute(acme, "echo").json()["execution_id"] for _ in range(5)]
    live.execute(globex, "echo")
    told = replayed(live, acme, time)
    assert [m["execution_id"] for m in told[:5]] == done
    assert {m["execution_id"] for m in told} - set(done) <= {before}
    assert {m["state"] for m in told} == {"done"}


def replayed(live: Live, org: Org, since: datetime) -> list[dict[str, Any]]:
    with watching(live, org, f"/ws/executions?after={quote(since.isoformat())}") as opened:
        return until_ready(opened)


def test_a_long_replay_comes_whole_and_a_day_back_at_most(live: Live, acme: Org) -> None:
    module_id = factories.module(live.db, org=acme, name="old")
    live.db.execute(
        "WITH new AS (INSERT INTO public.module_executions (id, module_id, org_id, status)"
        " SELECT gen_random_uuid(), %(module)s, %(org)s, 'completed' FROM generate_series(1, 1600)"
        " RETURNING id) INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane,"
        " state, outcome, finished_at) SELECT id, %(org)s, %(module)s, 'echo', 'io', 'done',"
        " 'completed', now() - CASE WHEN row_number() OVER () > 1300 THEN interval '25 h' ELSE"
        " interval '1 h' END FROM new",
        {"module": module_id, "org": acme.id},
    )
    told = replayed(live, acme, datetime.now(UTC) - timedelta(days=3))
    assert len(told) == len({m["execution_id"] for m in told}) == 1300


def test_changes_that_no_worker_announces_are_found_by_a_look(live: Live, acme: Org) -> None:
    """Submitted while nothing may run, then cancelled: no worker knows of it."""
    held = factories.module(live.db, org=acme, python_module="reporter")
    factories.policy(live.db, org=acme, module_id=held, paused=True)
    with watching(live, acme, "/ws/executions") as opened:
        assert until_ready(opened) == []
        execution_id = clients.submitted(live, acme, held)
        assert message(opened)["state"] == "queued"
        live.http.post(f"/executions/{execution_id}/cancel", headers={"X-API-Key": acme.key})
        assert message(opened)["outcome"] == "cancelled"


def test_a_run_that_is_queued_again_is_told_so(live: Live, acme: Org) -> None:
    factories.module(live.db, org=acme, python_module="flaky", name="flaky")
    with watching(live, acme, "/ws/executions") as opened:
        until_ready(opened)
        execution_id = live.execute(acme, "flaky", {"fails": 1, "how": "transient"}).json()[
            "execution_id"
        ]
        told = until_done(opened, {execution_id})
    assert [m["attempt"] for m in told] == sorted(m["attempt"] for m in told)


def test_ten_thousand_queued_runs_are_a_thousand_states_at_first(live: Live, acme: Org) -> None:
    held = factories.module(live.db, org=acme, python_module="reporter")
    factories.policy(live.db, org=acme, module_id=held, paused=True)
    live.db.execute(
        "WITH new AS (INSERT INTO public.module_executions (id, module_id, org_id)"
        " SELECT gen_random_uuid(), %(module)s, %(org)s FROM generate_series(1, 10000)"
        " RETURNING id) INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane,"
        " gate) SELECT id, %(org)s, %(module)s, 'echo', 'io', %(module)s FROM new",
        {"module": held, "org": acme.id},
    )
    try:
        with watching(live, acme, "/ws/executions") as opened:
            assert len(until_ready(opened)) == 1000
            execution_id = live.execute(acme, "echo").json()["execution_id"]
            told = until_done(opened, {execution_id})
            assert told[-1]["execution_id"] == execution_id
    finally:
        live.db.execute("DELETE FROM executions_run WHERE org_id = %s", [acme.id])


def test_many_watch_while_many_run(live: Live, acme: Org) -> None:
    """Every one of them hears every end, whenever it came."""
    ids: set[str] = set()
    heard: list[list[dict[str, Any]]] = []
    go_on = threading.Barrier(6)

    def watch() -> None:
        with watching(live, acme, "/ws/executions") as opened:
            until_ready(opened)
            go_on.wait()
            heard.append(until_done(opened, expected()))

    def expected() -> set[str]:
        everything_is_submitted.wait()
        return ids

    everything_is_submitted = threading.Event()
    threads = [threading.Thread(target=watch) for _ in range(5)]
    for thread in threads:
        thread.start()
    go_on.wait()
    ids |= {clients.submitted(live, acme, "echo", {"sleep_s": 0.01}) for _ in range(100)}
    everything_is_submitted.set()
    for thread in threads:
        thread.join(clients.PATIENCE_S)
    assert len(heard) == 5
    for told in heard:
        never_backwards(told)


def test_workers_announce_changes_only_while_somebody_watches(
    live: Live, acme: Org, globex: Org
) -> None:
    said: set[tuple[str, ...]] = set()

    def announced(execution_id: str) -> bool:
        said.update(tuple(n.payload.split(" ")) for n in hearing.notifies(timeout=0.1))
        return (acme.id, execution_id) in said

    with databases.connect(live.params) as hearing:
        hearing.execute("LISTEN run_changed")
        others = [live.execute(globex, "echo").json()["execution_id"]]
        with watching(live, acme, "/ws/executions") as opened:
            until_ready(opened)
            wait_until(
                lambda: announced(live.execute(acme, "echo").json()["execution_id"]),
                what="a worker announces what is watched",
            )
            others += [live.execute(globex, "echo").json()["execution_id"]]
            watched = live.execute(acme, "echo").json()["execution_id"]
            wait_until(lambda: announced(watched), what="that one, too")
    assert {note[0] for note in said} == {acme.id}
    assert {note[1] for note in said}.isdisjoint(others)
