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
        return [p for p in below if is_alive(p) and "agents.host" in p.cmdline()]

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


@pytest.mark.parametrize("how", ["kill_its_worker", "kill_the_cluster"])
def test_an_agent_that_kills_those_above_it_uses_up_its_own_attempts_only(
    breakable: Callable[..., Live], recorded: Recorded, how: str
) -> None:
    """Hosts contain accidents, not attackers: the worker dies. But not for ever."""
    attempts = 2 if LONG else 1
    live = breakable(LEASE_SECONDS="2", RUN_MAX_ATTEMPTS=str(attempts))
    org, neighbour = (factories.organization(live.db, name=name) for name in ("Acme", "Globex"))
    factories.module(live.db, org=org, python_module="poison")
    factories.module(live.db, org=neighbour, python_module="echo")
    accepted = live.execute(org, "poison", {"how": how}, prefer="respond-async").json()

    def ended() -> bool:
        if not live.cluster.alive:
            live.restart_cluster()
        return live.get(org, f"/executions/{accepted['execution_id']}").json()["status"] == "failed"

    wait_until(ended, seconds=40, what="it is given up")
    detail = live.get(org, f"/executions/{accepted['execution_id']}").json()
    assert (detail["run"]["outcome"], detail["run"]["attempt"]) == ("lost", attempts)
    assert "no attempts are left" in detail["error"]
    since = time.monotonic()
    assert live.execute(neighbour, "echo", {"a": 1}).json()["status"] == "completed"
    recovery_s = time.monotonic() - since
    recorded(Verdict(fault=f"poison: {how}", runs=2, recovery_s=recovery_s))
