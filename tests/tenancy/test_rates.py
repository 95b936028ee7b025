"""Rates as the settings write them."""

import pytest

from platform_agents.tenancy.rates import Rate, whole_seconds
from tests.manage import manage


@pytest.mark.parametrize(
    ("text", "per_s", "burst"),
    [
        ("100/s", 100, 100),
        ("6000/min", 100, 6000),
        ("6000/min burst 500", 100, 500),
        ("36/h", 0.01, 36),
        (" 864/day burst 1 ", 0.01, 1),
    ],
)
def test_a_rate_is_a_count_and_a_period(text: str, per_s: float, burst: float) -> None:
    rate = Rate.parse(text, name="LIMIT")
    assert rate is not None
    assert (rate.per_s, rate.burst) == (per_s, burst)


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_is_no_limit(text: str) -> None:
    assert Rate.parse(text, name="LIMIT") is None


@pytest.mark.parametrize(
    "text",
    ["0/s", "-1/s", "100", "100/week", "1.5/s", "100/s burst 0", "100/s,5", "\u0661/s", "1e3/s"],
)
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"LIMIT is .*expected a count and a period"):
        Rate.parse(text, name="LIMIT")


def test_nothing_starts_with_a_limit_that_cannot_be_read() -> None:
    said = manage("check", RATE_LIMIT_ORG="many")
    assert said.status != 0
    assert "RATE_LIMIT_ORG is 'many'; expected" in said.err


def test_seconds_to_wait_are_rounded_up_and_never_none() -> None:
    assert [whole_seconds(s) for s in (0.0, 0.1, 1.0, 1.01, float("inf"))] == [1, 1, 1, 2, 10**9]
