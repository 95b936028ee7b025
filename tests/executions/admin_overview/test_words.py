"""Figures as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from executions.admin_overview import chart, words
from executions.figures import Figures


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "–"), (0.354, "0.35 s"), (1.24, "1.2 s"), (59.94, "59.9 s"), (59.96, "1 min"),
     (125, "2 min 5 s"), (3600, "1 h"), (12_000, "3 h 20 min"), (180_000, "2 d 2 h")],
)  # fmt: skip
def test_durations(seconds: float | None, said: str) -> None:
    assert words.duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    ("usd", "said"), [("0", "$0.00"), ("0.0004", "< $0.01"), ("1234.5", "$1,234.50")]
)
def test_money(usd: str, said: str) -> None:
    assert words.money(Decimal(usd)) == said


@pytest.mark.parametrize(
    ("part", "said"), [(None, "–"), (1.0, "100 %"), (0.99999, "99.9 %"), (0.0, "0.0 %")]
)
def test_shares_never_round_a_failure_away(part: float | None, said: str) -> None:
    assert words.share(part) == said


@pytest.mark.parametrize(("runs", "highest"), [(0, 2), (2, 2), (3, 4), (11, 20), (4001, 10_000)])
def test_a_chart_reaches_just_above_its_highest_bar(runs: int, highest: int) -> None:
    hour = datetime(2026, 1, 1, tzinfo=UTC)
    hours = [hour + timedelta(hours=n) for n in range(24)]
    figures = Figures()
    figures.outcomes.update({"completed": runs - runs // 2, "failed": runs // 2})
    drawn = chart.drawn(hours, {hours[3]: figures})
    assert drawn.highest == highest
    bar = drawn.bars[3]
    assert sum(part.height for part in bar.parts) == pytest.approx(100 * runs / highest, abs=0.01)
    assert all(part.y >= 0 and bar.x + bar.width <= chart.WIDTH for part in bar.parts)
