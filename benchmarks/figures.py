"""From seconds to figures: percentiles within a round, medians over rounds, ratios round by round.

A ratio says how many times better ours is than the other system in the same round: 2.0 is half the
time, or twice the calls per second. Pure functions; `benchmarks.report` and `plot` show them.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

Figures = dict[str, float]

MORE_IS_BETTER = {"calls/s", "runs/s"}
OURS = "ours"


def latency(seconds: Sequence[float]) -> Figures:
    """p50 and p95 in milliseconds; nothing when there was no success."""
    if not seconds:
        return {}
    return {
        "p50 ms": statistics.median(seconds) * 1000,
        "p95 ms": percentile(seconds, 95) * 1000,
    }


def percentile(values: Sequence[float], percent: float) -> float:
    """Linear between the two nearest values; the smallest is 0, the largest 100."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(kw_only=True)
class Case:
    """One row of the comparison: a workload at a number of callers. rounds: system → its rounds."""

    workload: str
    title: str
    rounds: dict[str, list[Figures]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def add(self, system: str, figures: Figures) -> None:
        self.rounds.setdefault(system, []).append(figures)

    def names(self) -> list[str]:
        """The figures that any system has, in the order of their first appearance."""
        every = (name for rounds in self.rounds.values() for one in rounds for name in one)
        return list(dict.fromkeys(every))

    def value(self, system: str, name: str) -> float | None:
        """The median over the rounds that have the figure."""
        found = [one[name] for one in self.rounds.get(system, []) if name in one]
        return statistics.median(found) if found else None

    def ratio(self, system: str, name: str) -> float | None:
        """How many times better ours is; the median of the rounds that both have."""
        pairs = zip(self.rounds.get(OURS, []), self.rounds.get(system, []), strict=False)
        ratios = [r for a, b in pairs if (r := better(name, ours=a.get(name), other=b.get(name)))]
        return statistics.median(ratios) if ratios else None

    def as_json(self) -> dict[str, object]:
        return {
            "workload": self.workload,
            "case": self.title,
            "systems": {system: self._system(system) for system in self.rounds},
        }

    def _system(self, system: str) -> dict[str, object]:
        names = [name for name in self.names() if self.value(system, name) is not None]
        found: dict[str, object] = {
            "figures": {name: round(self.value(system, name) or 0, 3) for name in names},
            "rounds": [{n: round(v, 3) for n, v in one.items()} for one in self.rounds[system]],
        }
        if system != OURS:
            ratios = {name: self.ratio(system, name) for name in names}
            found["ours_better"] = {n: round(r, 2) for n, r in ratios.items() if r is not None}
        if system in self.notes:
            found["note"] = self.notes[system]
        return found


def better(name: str, *, ours: float | None, other: float | None) -> float | None:
    """None where one is missing or a ratio would say nothing (errors, a zero)."""
    if not ours or not other or name in ("errors", "202 first"):
        return None
    return ours / other if name in MORE_IS_BETTER else other / ours
