"""Durations and sizes as people read them, and where bars of the timeline stand."""

import datetime as dt

import pytest

from executions.admin_page.timeline import Span, bars
from executions.admin_page.words import duration, size

NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"), (-0.0, "0.00 s"), (0.004, "0.00 s"), (0.35, "0.35 s"), (1.24, "1.2 s"),
        (60, "1 min"), (200, "3 min 20 s"), (7_500, "2 h 5 min"), (273_600, "3 d 4 h"),
    ],
)  # fmt: skip
def test_a_duration_in_words(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(2, "2 bytes"), (12_000, "12 KB"), (10_400_000, "10.4 MB")]
)
def test_a_size_in_words(count: int, words: str) -> None:
    assert size(count) == words


def _span(start: float, end: float | None) -> Span:
    at = [None if s is None else NOON + dt.timedelta(seconds=s) for s in (start, end)]
    assert at[0] is not None
    return Span(label="x", detail="", tone="good", start=at[0], end=at[1])


def test_bars_share_one_scale_and_what_goes_on_ends_now() -> None:
    now = NOON + dt.timedelta(seconds=10)
    made = bars([_span(0, 2), _span(2, 7), _span(7, None)], now=now)
    assert [(bar.left, bar.width, bar.took) for bar in made] == [
        ("0.00", "20.00", "2.0 s"), ("20.00", "50.00", "5.0 s"), ("70.00", "30.00", "3.0 s"),
    ]  # fmt: skip


def test_bars_stay_on_the_scale_whatever_clocks_say() -> None:
    made = bars([_span(0, 0), _span(5, 3), _span(5, 5)], now=NOON)
    for bar in made:
        assert 0 <= float(bar.left) <= 100 - float(bar.width)
        assert float(bar.width) > 0


def test_without_anything_there_are_no_bars() -> None:
    assert bars([], now=NOON) == []
