"""Workflows when their host or worker is killed in the middle, and when places are few: what is
finished is not done again, and who waits for an operator holds nothing."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.executions.workflows import ASK, answer, detail, submit, waits_for_approval, workflow
from tests.factories import Org
from tests.faults.family import Family, kill
from tests.live import Live
from tests.processes import wait_until


def witness(id_: str, journal: Path, **fields: Any) -> dict[str, Any]:
    given = {"module": "witness", "input": {"journal": str(journal)}}
    return {"id": id_, "uses": "module", "with": given, **fields}


def door(id_: str, way: Path, **fields: Any) -> dict[str, Any]:
    given = {"module": "door", "input": {"door": str(way)}}
    return {"id": id_, "uses": "module", "with": given, **fields}


def organization(live: Live) -> Org:
    org = factories.organization(live.db)
    for agent in ("witness", "door", "echo"):
        factories.module(live.db, org=org, python_module=agent)
    return org


def starts(journal: Path) -> int:
    return sum(" start " in line for line in journal.read_text().splitlines())


def runs_of(live: Live, agent: str, state: str) -> int:
    found = live.db.execute(
        "SELECT count(*) FROM executions_run WHERE agent = %s AND state = %s", [agent, state]
    )
    return int((found.fetchone() or [0])[0])


def _kill_hosts(live: Live) -> None:
    kill(*Family.of(live.cluster).hosts())


def _kill_workers(live: Live) -> None:
    kill(*Family.of(live.cluster).workers())


@pytest.mark.parametrize("strike", [_kill_hosts, _kill_workers])
def test_a_crash_goes_on_after_the_last_finished_step(
    breakable: Callable[..., Live], tmp_path: Path, strike: Callable[[Live], None]
) -> None:
    live = breakable(LEASE_SECONDS="2")
    org = organization(live)
    journal, items, way = (tmp_path / name for name in ("journal", "items", "door"))
    module = workflow(
        live, org,
        witness("first", journal),
        witness("each", items, needs=["first"], for_each=[1, 2, 3]),
        door("middle", way, needs=["each"]),
        {"id": "off", "uses": "set", "if": False},
        {"id": "last", "uses": "set", "needs": ["middle", "off"],
         "with": {"n": "${{ steps.first.output.n }}", "attempt": "${{ run.attempt }}"}},
    )  # fmt: skip
    execution_id = submit(live, org, module)
    wait_until(lambda: runs_of(live, "door", "running") == 1, what="the middle runs")
    strike(live)
    wait_until(
        lambda: detail(live, org, execution_id)["run"]["attempt"] == 2, seconds=40,
        what=f"it starts again\n{live.cluster.output()[-2000:]}",
    )  # fmt: skip
    way.touch()
    ended = live.finished(org, execution_id, seconds=60)
    assert ended["output"] == {"last": {"n": 0, "attempt": 2}}, ended
    assert (starts(journal), starts(items)) == (1, 3)
    agents = Counter(child["agent"] for child in ended["children"])
    assert agents == {"witness": 4, "door": 2}


def test_who_waits_for_an_operator_holds_no_place_and_survives_its_cluster(
    breakable: Callable[..., Live],
) -> None:
    """One place per worker: others run while it waits, and it outlives everybody."""
    live = breakable(IO_SLOTS="1", LEASE_SECONDS="2")
    org = organization(live)
    first = {"id": "first", "uses": "set", "with": {"n": 1}}
    module = workflow(live, org, first, {**ASK, "needs": ["first"]},
                      output="${{ steps.first.output }}")  # fmt: skip
    waiting = [submit(live, org, module) for _ in range(3)]
    for execution_id in waiting:
        waits_for_approval(live, org, execution_id)
    assert live.execute(org, "echo", {"n": 2}).json()["output"] == {"n": 2}

    kill(*Family.of(live.cluster).workers())
    os.kill(live.cluster.pid, signal.SIGKILL)
    live.cluster.popen.wait(timeout=10)
    decided = answer(live, org, waiting[0], "approve")
    assert decided.status_code == 200, "nobody runs, but the answer counts"
    live.restart_cluster()
    assert live.finished(org, waiting[0])["output"] == {"n": 1}
    waits_for_approval(live, org, waiting[1])
    assert answer(live, org, waiting[1], "approve").status_code == 200
    ended = live.finished(org, waiting[1])
    assert (ended["output"], ended["run"]["attempt"]) == ({"n": 1}, 1)
    assert detail(live, org, waiting[2])["approvals"][0]["state"] == "pending"
