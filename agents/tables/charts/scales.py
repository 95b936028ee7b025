"""From values to pixels: linear scales with round ticks, scales of time, bands of categories."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from agents.tables.spans import Spans
from agents.tables.steps.grouping import Unit

Tick = tuple[float, str]
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_FIRST, _LAST = -62_135_510_400.0, 253_402_214_400.0  # seconds: the calendar, less a day
_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_SPANS: tuple[tuple[Unit, int, float, str], ...] = (
    ("minute", 1, 60, "%H:%M"), ("minute", 5, 300, "%H:%M"), ("minute", 15, 900, "%H:%M"),
    ("hour", 1, 3600, "%H:%M"), ("hour", 3, 10_800, "%H:%M"), ("hour", 6, 21_600, "%d %b %H:%M"),
    ("day", 1, 86_400, "%d %b"), ("day", 2, 172_800, "%d %b"), ("week", 1, 604_800, "%d %b"),
    ("week", 2, 1_209_600, "%d %b"), ("month", 1, 2_629_800, "%b %Y"),
    ("quarter", 1, 7_889_400, "%b %Y"), ("quarter", 2, 15_778_800, "%b %Y"),
    ("year", 1, 31_557_600, "%Y"), ("year", 2, 63_115_200, "%Y"), ("year", 5, 157_788_000, "%Y"),
    ("year", 10, 315_576_000, "%Y"), ("year", 50, 1_577_880_000, "%Y"),
    ("year", 250, 7_889_400_000, "%Y"), ("year", 1000, 31_557_600_000, "%Y"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Linear:
    """Numbers. Made by `linear`, so that both ends are ticks or touch them."""

    low: float
    high: float
    start: float
    end: float
    step: float

    def at(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self) -> list[Tick]:
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        numbers = [n * self.step for n in range(first, min(last, first + 50) + 1)]
        return [(number, written(number, self.step)) for number in numbers]


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds since 1970."""

    low: float
    high: float
    start: float
    end: float
    zone: dt.tzinfo = dt.UTC

    def at(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self) -> list[Tick]:
        most = max(2, int(abs(self.end - self.start) / 90))
        room = (self.high - self.low) / most
        unit, every, _, form = next((s for s in _SPANS if s[2] >= room), _SPANS[-1])
        spans = Spans(unit=unit, every=every, zone=self.zone)
        first, last = (dt.datetime.fromtimestamp(v, dt.UTC) for v in (self.low, self.high))
        try:
            starts = list(spans.until(spans.start(first), spans.start(last)))
        except (OverflowError, ValueError):
            starts = [first]
        shown = [s for s in starts if self.low <= s.timestamp() <= self.high] or [first]
        return [(s.timestamp(), s.astimezone(self.zone).strftime(form)) for s in shown]


@dataclass(frozen=True, kw_only=True)
class Bands:
    """Categories, each with a band of the same width; values are their numbers from 0."""

    names: list[str]
    start: float
    end: float

    @property
    def band(self) -> float:
        return (self.end - self.start) / max(1, len(self.names))

    def at(self, value: float) -> float:
        return self.start + (value + 0.5) * self.band

    def ticks(self) -> list[Tick]:
        return [(float(i), name) for i, name in enumerate(self.names)]


Scale = Linear | Times | Bands
"""Along one axis, from `start` to `end` in pixels, which may run backwards."""


def linear(
    values: Sequence[float], *, start: float, end: float, zero: bool = False, snug: bool = False
) -> Linear:
    """Wide enough for all; from or to zero when asked; `snug` does not widen to the next tick."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= max(abs(low), abs(high), 1e-200) * 1e-12:
        reach = abs(low) / 2 if abs(low) > 1e-9 else 1.0
        low, high = (0.0, high or 1.0) if zero else (low - reach, high + reach)
    step = round_step((high - low) / max(2, min(10, int(abs(end - start) / 42))))
    if not snug:
        low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return Linear(low=low, high=high, start=start, end=end, step=step)


def times(values: Sequence[float], *, start: float, end: float) -> Times:
    """From the first to the last; a day on both sides of a single moment."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if low == high:
        low, high = max(_FIRST, low - 86_400), min(_LAST, high + 86_400)
    return Times(low=low, high=high, start=start, end=end)


def round_step(size: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not smaller."""
    power = 10.0 ** math.floor(math.log10(size))
    return next(step * power for step in _STEPS if step * power >= size * (1 - 1e-9))


def written(number: float, step: float) -> str:
    """As short as the step between ticks allows: 1.5k, 250, 0.02."""
    if number == 0 or abs(number) < step * 1e-6:
        return "0"
    if abs(number) >= 1e15 or step < 1e-6:
        return f"{number:.3g}"
    for size, letter in _UNITS:
        if abs(number) >= size and step >= size / 1000:
            return f"{_plain(number / size, step / size)}{letter}"
    return _plain(number, step)


def _plain(number: float, step: float) -> str:
    digits = max(0, min(9, -math.floor(math.log10(step) + 1e-9) + 1))
    text = f"{number:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
