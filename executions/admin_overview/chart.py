"""Runs per hour as stacked bars: the geometry; drawn by `admin/overview/chart.html`.

The picture is 240 wide and 100 high and is stretched to its place; words stand beside it as text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from executions.admin_overview import links
from executions.figures import NOTHING, OUTCOMES, Figures

WIDTH, HEIGHT = 240.0, 100.0
_GAP = 0.2
_LABEL_EVERY = 4


@dataclass(frozen=True, kw_only=True)
class Part:
    outcome: str
    y: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Bar:
    hour: datetime
    x: float
    width: float
    parts: tuple[Part, ...]
    counts: tuple[int, ...]
    runs: int
    link: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """highest: what the full height stands for. labels: hours to write below, evenly spaced."""

    bars: tuple[Bar, ...]
    highest: int
    labels: tuple[datetime, ...]

    @property
    def half(self) -> float:
        return self.highest / 2


def drawn(hours: Sequence[datetime], figures: Mapping[datetime, Figures]) -> Chart:
    found = [figures.get(hour, NOTHING) for hour in hours]
    highest = _round_up(max(one.runs for one in found))
    step = WIDTH / len(hours)
    bars = tuple(
        _bar(hour, one, x=step * n, step=step, highest=highest)
        for n, (hour, one) in enumerate(zip(hours, found, strict=True))
    )
    return Chart(bars=bars, highest=highest, labels=tuple(hours[::_LABEL_EVERY]))


def _bar(hour: datetime, figures: Figures, *, x: float, step: float, highest: int) -> Bar:
    counts = tuple(figures.outcomes[outcome] for outcome in OUTCOMES)
    parts, top = [], HEIGHT
    for outcome, runs in zip(OUTCOMES, counts, strict=True):
        height = HEIGHT * runs / highest
        top -= height
        if runs:
            parts.append(Part(outcome=outcome, y=round(top, 3), height=round(height, 3)))
    return Bar(
        hour=hour, x=round(x + step * _GAP / 2, 3), width=round(step * (1 - _GAP), 3),
        parts=tuple(parts), counts=counts, runs=figures.runs,
        link=links.ended(since=hour, until=hour + timedelta(hours=1)),
    )  # fmt: skip


def _round_up(number: int) -> int:
    """To two steps that read well: 2, 4, 10, 20, 40, 100, …"""
    unit = 1
    while True:
        for factor in (2, 4, 10):
            if number <= factor * unit:
                return factor * unit
        unit *= 10
