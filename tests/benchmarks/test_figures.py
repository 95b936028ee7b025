"""The arithmetic between seconds and the table. Nothing here measures anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Case, latency, percentile


def _case(**rounds: list[dict[str, float]]) -> Case:
    return Case(workload="no-op", title="8 callers", rounds=dict(rounds))


def test_latency_is_in_milliseconds() -> None:
    found = latency([0.001 * n for n in range(1, 102)])

    assert found == pytest.approx({"p50 ms": 51, "p95 ms": 96})


def test_without_a_success_there_is_no_latency() -> None:
    assert latency([]) == {}


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0, 100))
def test_a_percentile_lies_between_the_extremes(values: list[float], percent: float) -> None:
    assert min(values) <= percentile(values, percent) <= max(values) + 1e-9


def test_the_extreme_percentiles_are_the_extremes() -> None:
    assert (percentile([3, 1, 2], 0), percentile([3, 1, 2], 100)) == (1, 3)


def test_a_figure_is_the_median_of_the_rounds() -> None:
    case = _case(ours=[{"p50 ms": 4}, {"p50 ms": 100}, {"p50 ms": 6}])

    assert case.value("ours", "p50 ms") == 6


def test_half_the_time_and_twice_the_calls_are_both_twice_as_good() -> None:
    case = _case(ours=[{"p50 ms": 5, "calls/s": 200}], other=[{"p50 ms": 10, "calls/s": 100}])

    assert (case.ratio("other", "p50 ms"), case.ratio("other", "calls/s")) == (2, 2)


def test_a_ratio_compares_within_a_round_and_not_between_medians() -> None:
    """The machine was ten times slower in the second round, for both."""
    case = _case(
        ours=[{"p50 ms": 2}, {"p50 ms": 20}, {"p50 ms": 2}],
        other=[{"p50 ms": 4}, {"p50 ms": 40}, {"p50 ms": 40}],
    )

    assert case.ratio("other", "p50 ms") == 2


@pytest.mark.parametrize("other", [[], [{"errors": 3.0}], [{"p50 ms": 0.0}]])
def test_what_cannot_be_compared_has_no_ratio(other: list[dict[str, float]]) -> None:
    case = _case(ours=[{"p50 ms": 2, "errors": 0}], other=other)

    assert (case.ratio("other", "p50 ms"), case.ratio("other", "errors")) == (None, None)


def test_json_holds_every_round_and_says_who_is_better() -> None:
    case = _case(ours=[{"calls/s": 200}], other=[{"calls/s": 100}])

    assert case.as_json() == {
        "workload": "no-op",
        "case": "8 callers",
        "systems": {
            "ours": {"figures": {"calls/s": 200}, "rounds": [{"calls/s": 200}]},
            "other": {
                "figures": {"calls/s": 100},
                "rounds": [{"calls/s": 100}],
                "ours_better": {"calls/s": 2},
            },
        },
    }
