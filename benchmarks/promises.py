"""The promises about speed, each beside what was measured: to be read, never an assertion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.figures import OURS, Case


@dataclass(frozen=True, kw_only=True)
class Promise:
    """`measured` is None when the case was not run, or the system it is compared with is absent."""

    text: str
    workload: str
    case: str
    at_most: float | None = None
    at_least: float | None = None
    figure: Callable[[Case], float | None]

    def kept(self, measured: float) -> bool:
        if self.at_most is not None:
            return measured <= self.at_most
        return self.at_least is not None and measured >= self.at_least


@dataclass(frozen=True, kw_only=True)
class Verdict:
    text: str
    measured: float
    limit: str
    kept: bool


def _ours(name: str) -> Callable[[Case], float | None]:
    return lambda case: case.value(OURS, name)


def _times_better(system: str, name: str) -> Callable[[Case], float | None]:
    return lambda case: case.ratio(system, name)


def _times_as_long(system: str, name: str) -> Callable[[Case], float | None]:
    def figure(case: Case) -> float | None:
        ratio = case.ratio(system, name)
        return 1 / ratio if ratio else None

    return figure


def _prefork(name: str) -> Callable[[Case], float | None]:
    return _times_better("celery-prefork", name)


PROMISES = (
    Promise(text="lone run, p50 against the floor", workload="lone run", case="no web",
            at_most=1.4, figure=_times_as_long("floor", "p50 ms")),
    Promise(text="POST /execute, p50 against Celery prefork", workload="no-op", case="1 caller",
            at_most=1.0, figure=_times_as_long("celery-prefork", "p50 ms")),
    Promise(text="calls/s at 8 against Celery prefork", workload="no-op", case="8 callers",
            at_least=1.25, figure=_prefork("calls/s")),
    Promise(text="calls/s at 32 against Celery prefork", workload="no-op", case="32 callers",
            at_least=1.25, figure=_prefork("calls/s")),
    Promise(text="backlog, runs/s against Celery prefork", workload="backlog", case="2,000",
            at_least=2.0, figure=_prefork("runs/s")),
    Promise(text="200 waits of 2 s, in all", workload="waits", case="2 s, 200", at_most=3.0,
            figure=_ours("total s")),
    Promise(text="500 waits of 2 s, in all", workload="waits", case="2 s, 500", at_most=4.0,
            figure=_ours("total s")),
    Promise(text="500 waits of 2 s, p50 against ideal", workload="waits", case="2 s, 500",
            at_most=1.4, figure=_ours("p50/ideal")),
    Promise(text="500 waits of 2 s, errors", workload="waits", case="2 s, 500", at_most=0,
            figure=_ours("errors")),
    Promise(text="memory after 500 waits, MB", workload="memory", case="after 500", at_most=250,
            figure=_ours("PSS MB")),
    Promise(text="idle, worker CPU %", workload="idle", case="20 s", at_most=0.5,
            figure=_ours("worker CPU %")),
    Promise(text="idle, queries/s", workload="idle", case="20 s", at_most=1.0,
            figure=_ours("queries/s")),
)  # fmt: skip


def verdicts(cases: Sequence[Case]) -> list[Verdict]:
    """Of the promises that this run has figures for."""
    found = []
    for promise in PROMISES:
        for case in cases:
            if case.workload == promise.workload and case.title.startswith(promise.case):
                measured = promise.figure(case)
                if measured is not None:
                    found.append(_verdict(promise, measured))
    return found


def _verdict(promise: Promise, measured: float) -> Verdict:
    limit = f"≤ {promise.at_most:g}" if promise.at_most is not None else f"≥ {promise.at_least:g}"
    kept = promise.kept(measured)
    return Verdict(text=promise.text, measured=measured, limit=limit, kept=kept)
