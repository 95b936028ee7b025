"""More poison, beside that of tests/executions/test_agents_gone_wrong.py: whatever an agent does to
its process, its worker or its cluster, its run ends readably and another tenant's completes."""

import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests import factories
from tests.factories import Org
from tests.faults.conftest import LONG
from tests.faults.family import Family, is_alive
from tests.faults.verdict import Verdict
from tests.live import Live
from tests.processes import wait_until

AGENTS = ["io_poison", "poison"] if LONG else ["io_poison"]
"""The shared host has more to lose; the cpu lane's has its turn in the long form."""
Recorded = Callable[[Verdict], None]


class Poisoned:
    """An organization with poison, and a neighbour who must notice nothing."""

    def __init__(self, live: Live, recorded: Recorded) -> None:
        self.live, self.recorded = live, recorded
        self.org, self.neighbour = (
            factories.organization(live.db, name=name) for name in ("Acme", "Globex")
        )
        for org in (self.org, self.neighbour):
            for agent in ("echo", "poison", "io_poison", "chatter"):
                factories.module(live.db, org=org, python_module=agent)

    def take(self, how: str, *, agent: str = "poison") -> dict[str, Any]:
        """The answer to the poison, after a look at what others get."""
        answer: dict[str, Any] = self.live.execute(self.org, agent, {"how": how}).json()
        since = time.monotonic()
        for org in (self.neighbour, self.org):
            assert self._fine(org, agent)
        recovery_s = time.monotonic() - since
        self.recorded(Verdict(fault=f"poison: {agent} {how}", runs=5, recovery_s=recovery_s))
        assert answer["status"] in {"completed", "failed"}, answer
        assert "Traceback" not in (answer["error"] or "")
        return answer

    def _fine(self, org: Org, agent: str) -> bool:
        """Both the same agent and one of another process complete."""
        answers = [
            self.live.execute(org, "echo", {"a": 1}).json(),
            self.live.execute(org, agent, {"how": "nothing"}).json(),
        ]
        assert [answer["status"] for answer in answers] == ["completed"] * 2, answers
        return True


@pytest.fixture
def poisoned(live: Live, recorded: Recorded) -> Poisoned:
    return Poisoned(live, recorded)


@pytest.fixture
def short_poisoned(short_live: Live, recorded: Recorded) -> Poisoned:
    return Poisoned(short_live, recorded)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("raise_unprintable", "Unprintable"),
        ("recurse", "RecursionError"),
        ("nested", "nested"),
        ("hundred_megabytes", "at most"),
        ("kill_its_group", "SIGKILL"),
        ("alarm", "SIGALRM"),
        ("fork_and_exit", "exit status 3"),
    ],
)
def test_it_fails_readably_and_others_complete(poisoned: Poisoned, how: str, said: str) -> None:
    answer = poisoned.take(how)
    assert answer["status"] == "failed"
    assert said in answer["error"]


@pytest.mark.parametrize(
    "how",
    [
        "threads",
        "hoard_files",
        "close_standard_files",
        "keyboard_interrupt",
        "fork_and_return",
        "fork_and_stay",
    ],
)
@pytest.mark.parametrize("agent", AGENTS)
def test_what_it_leaves_in_its_host_harms_nobody(poisoned: Poisoned, how: str, agent: str) -> None:
    assert poisoned.take(how, agent=agent)["status"] == "completed"


@pytest.mark.parametrize("how", ["spin_in_c", "stop_itself"])
@pytest.mark.parametrize("agent", AGENTS)
def test_what_hears_nothing_is_ended_at_its_deadline(
    short_poisoned: Poisoned, how: str, agent: str
) -> None:
    answer = short_poisoned.take(how, agent=agent)
    assert answer["error"] == "Timed out after 1 seconds."


def test_forked_children_are_dead_once_their_host_is(poisoned: Poisoned) -> None:
    def forks() -> list[psutil.Process]:
        below = Family.of(poisoned.live.cluster).main.children(recursive=True)
        return [p for p in below if is_alive(p) and p.name() == "agent-host"]

    before = len(forks())
    poisoned.live.execute(poisoned.org, "poison", {"how": "fork_and_exit"})
    wait_until(lambda: len(forks()) <= before + 2, seconds=10, what="all forks are dead")


def test_a_flood_of_log_lines_is_cut_off(poisoned: Poisoned) -> None:
    answer = poisoned.live.execute(poisoned.org, "chatter", {"lines": 30_000}).json()
    assert (answer["status"], answer["output"]) == ("completed", 30_000)
    lines = poisoned.live.db.execute(
        "SELECT count(*), max(message) FILTER (WHERE kind = 'status') FROM executions_event "
        "WHERE execution_id = %s",
        [answer["execution_id"]],
    ).fetchone()
    assert lines == (10_000, "Further events are not kept.")


@pytest.mark.parametrize("how", ["kill_its_parent", "kill_its_parents_group"])
def test_an_agent_that_kills_those_above_it_fails_readably_and_the_cluster_goes_on(
    poisoned: Poisoned, how: str
) -> None:
    """What forked it dies, and all hosts with that; their runs are tried again."""
    answer = poisoned.take(how)
    assert answer["status"] == "failed"
    assert "ended unexpectedly" in answer["error"]
    assert poisoned.live.cluster.alive


def test_an_agent_that_stops_what_forked_it_is_ended_at_its_deadline(
    short_poisoned: Poisoned,
) -> None:
    """And what was stopped is replaced: it answers no worker any more."""
    assert short_poisoned.take("stop_its_parent")["error"] == "Timed out after 1 seconds."
