"""Hundreds of callers at once, each run waiting two seconds for a local HTTP server.

Each caller calls once; the figure is the time until the last is answered. What a system does not
answer within a minute is an error, as it is for the gateway. Celery prefork takes one turn at the
smallest number only: two processes that wait need minutes for the rest.
"""

from collections.abc import Callable, Iterator

from benchmarks.figures import Case, Figures
from benchmarks.load import Outcome
from benchmarks.processes import Process, free_port, python, wait_listening
from benchmarks.workloads import Plan, Turn, measured

_WARM_UP_CALLERS = 100


def waits(
    turns: list[Turn], plan: Plan, after_case: Callable[[int], Iterator[Case]]
) -> Iterator[Case]:
    """`after_case` is asked for more cases after each number of callers (the memory)."""
    port = free_port()
    server = Process("slow-server", python("-m", "benchmarks.slow_server", str(port)), grace_s=2)
    try:
        wait_listening(server, port, seconds=10)
        for callers in plan.wait_callers:
            yield _case(turns, plan, f"http://127.0.0.1:{port}", callers)
            yield from after_case(callers)
    finally:
        server.end()


def _case(turns: list[Turn], plan: Plan, url: str, callers: int) -> Case:
    case = Case(workload="waits", title=f"{plan.wait_s:g} s, {callers:,} callers")
    for round_number in range(plan.rounds):
        for turn in turns:
            if _takes_part(turn, plan, callers, round_number):
                case.add(turn.name, _turn(case, turn, plan, url, callers))
    return case


def _takes_part(turn: Turn, plan: Plan, callers: int, round_number: int) -> bool:
    if turn.name != "celery-prefork":
        return True
    return callers == min(plan.wait_callers) and round_number == 0


def _turn(case: Case, turn: Turn, plan: Plan, url: str, callers: int) -> Figures:
    few = min(callers, _WARM_UP_CALLERS)
    measured(turn, turn.system.load("fetch", {"url": f"{url}/0"}, callers=few, calls=3))
    load = turn.system.load("fetch", {"url": f"{url}/{plan.wait_s:g}"}, callers=callers, calls=1)
    outcome = measured(turn, load)
    if outcome.errors:
        case.notes[turn.name] = "; ".join(outcome.first_errors[:1])
        turn.system.restart()
    return _figures(outcome, plan.wait_s)


def _figures(outcome: Outcome, wait_s: float) -> Figures:
    ordered = sorted(outcome.latencies_s)
    middle = {"p50/ideal": ordered[len(ordered) // 2] / wait_s} if ordered else {}
    return {
        "total s": outcome.elapsed_s, **middle,
        "errors": outcome.errors, "202 first": outcome.later,
    }  # fmt: skip
