"""What the callers ask for over HTTP, and how one turn of one system is measured and checked."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.databases import check_rows
from benchmarks.figures import Case, Figures, latency
from benchmarks.load import Load, Outcome, drive
from benchmarks.systems import System

_SETTLE_S = 60
_ROWS = 50_000
_PAYLOAD_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured: the whole comparison, or a quick look whether it works."""

    rounds: int
    seconds: float
    calls: int
    noop_callers: tuple[int, ...]
    wait_s: float
    wait_callers: tuple[int, ...]
    memory_after: int
    backlog: int
    idle_s: float


FULL = Plan(
    rounds=3, seconds=3, calls=20, noop_callers=(1, 8, 32), wait_s=2,
    wait_callers=(200, 500, 1000), memory_after=500, backlog=2000, idle_s=20,
)  # fmt: skip
QUICK = Plan(
    rounds=1, seconds=1, calls=3, noop_callers=(1, 8), wait_s=0.5,
    wait_callers=(20,), memory_after=20, backlog=100, idle_s=3,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One system's part of one round. `name` is its column; submit only is a column of its own."""

    name: str
    system: System
    wait: bool = True


def noop(turns: list[Turn], plan: Plan) -> Iterator[Case]:
    """An echo, again and again, by several callers at once."""
    for callers in plan.noop_callers:
        case = Case(workload="no-op", title=f"{callers} caller{'s' * (callers > 1)}")

        def load(turn: Turn, callers: int = callers) -> Load:
            return turn.system.load("echo", {"hello": "world"}, callers=callers,
                                    seconds=plan.seconds, wait=turn.wait)  # fmt: skip

        yield _alternated(case, turns, plan.rounds, load, _throughput)


def describe(turns: list[Turn], plan: Plan) -> Iterator[Case]:
    """pandas' describe of 50,000 rows sent in the body, about 0.7 MB."""
    seeded = random.Random(1)  # noqa: S311 (test data)
    rows: dict[str, list[Any]] = {
        "quantity": [seeded.randrange(1000) for _ in range(_ROWS)],
        "price": [round(seeded.uniform(1, 500), 2) for _ in range(_ROWS)],
    }
    case = Case(workload="describe", title="pandas, 50,000 rows × 2, 1 caller")
    yield _one_caller(case, turns, plan, "data", {"data": rows})


def payload(turns: list[Turn], plan: Plan) -> Iterator[Case]:
    """One megabyte in, the same megabyte out."""
    case = Case(workload="payload", title="echo of 1 MB, 1 caller")
    yield _one_caller(case, turns, plan, "echo", {"text": "x" * _PAYLOAD_BYTES})


def _one_caller(
    case: Case, turns: list[Turn], plan: Plan, agent: str, input_data: dict[str, Any]
) -> Case:
    def load(turn: Turn) -> Load:
        return turn.system.load(agent, input_data, callers=1, calls=plan.calls)

    return _alternated(case, turns, plan.rounds, load, lambda found: latency(found.latencies_s))


def _alternated(
    case: Case, turns: list[Turn], rounds: int,
    load: Callable[[Turn], Load], figures: Callable[[Outcome], Figures],
) -> Case:  # fmt: skip
    for _ in range(rounds):
        for turn in turns:
            _warm_up(turn, load(turn))
            outcome = measured(turn, load(turn))
            if outcome.errors:
                raise RuntimeError(f"{turn.name}, {case.title}: {outcome.first_errors}")
            case.add(turn.name, figures(outcome))
    return case


def _warm_up(turn: Turn, load: Load) -> None:
    few = {"callers": load.callers, "calls": 5, "wait": True}
    measured(turn, Load(**{**load.__dict__, **few}))


def measured(turn: Turn, load: Load) -> Outcome:
    """Drive the load, then let the database say whether what the callers were told is true."""
    before = turn.system.database.rows()
    outcome = drive(load)
    turn.system.check()
    if outcome.errors == 0:
        after = turn.system.database.settled_rows(seconds=_SETTLE_S)
        check_rows(turn.name, before=before, after=after, runs=len(outcome.latencies_s))
    return outcome


def _throughput(outcome: Outcome) -> Figures:
    return latency(outcome.latencies_s) | {"calls/s": len(outcome.latencies_s) / outcome.elapsed_s}
