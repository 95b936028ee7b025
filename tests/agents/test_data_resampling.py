"""resample: spans on the wall clock, with summer time, gaps and groups."""

from typing import Any

import pytest

from tests.agents.data_runs import after, refusal, refused

COUNT = {"n": {"function": "count"}}
BERLIN = "Europe/Berlin"


def _spans(at: list[Any], unit: str, **step: Any) -> list[tuple[str, int]]:
    step = {"op": "resample", "column": "at", "unit": unit, "aggregate": COUNT, **step}
    return [(row["at"], row["n"]) for row in after({"at": at}, step)]


@pytest.mark.parametrize(
    ("unit", "every", "expected"),
    [
        ("minute", 15, "2026-11-25T13:45:00+00:00"), ("hour", 1, "2026-11-25T13:00:00+00:00"),
        ("hour", 6, "2026-11-25T12:00:00+00:00"), ("day", 1, "2026-11-25"),
        ("week", 1, "2026-11-23"), ("month", 1, "2026-11-01"), ("month", 6, "2026-07-01"),
        ("quarter", 1, "2026-10-01"), ("year", 1, "2026-01-01"), ("year", 10, "2020-01-01"),
    ],
)  # fmt: skip
def test_a_span_begins_where_the_clock_or_calendar_says(
    unit: str, every: int, expected: str
) -> None:
    assert _spans(["2026-11-25T13:52:07.5Z"], unit, every=every) == [(expected, 1)]


def test_days_begin_at_midnight_of_the_zone() -> None:
    at = ["2026-01-01T22:30:00Z", "2026-01-01T23:30:00Z"]
    assert _spans(at, "day") == [("2026-01-01", 2)]
    assert _spans(at, "day", timezone=BERLIN) == [("2026-01-01", 1), ("2026-01-02", 1)]


def test_an_hour_that_the_clock_shows_twice_is_two_spans() -> None:
    at = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]  # 02:30 in Berlin, twice
    assert _spans(at, "hour", timezone=BERLIN) == [
        ("2026-10-25T02:00:00+02:00", 1),
        ("2026-10-25T02:00:00+01:00", 1),
    ]


def test_the_days_around_summer_time_are_one_span_each() -> None:
    at = ["2026-03-29T00:30:00+01:00", "2026-03-29T23:30:00+02:00", "2026-03-30T00:30:00+02:00"]
    assert _spans(at, "day", timezone=BERLIN) == [("2026-03-29", 2), ("2026-03-30", 1)]


def test_gaps_across_a_skipped_hour_have_no_such_hour() -> None:
    at = ["2026-03-29T01:10:00+01:00", "2026-03-29T04:10:00+02:00"]
    found = _spans(at, "hour", timezone=BERLIN, gaps="keep")
    assert found == [
        ("2026-03-29T01:00:00+01:00", 1), ("2026-03-29T03:00:00+02:00", 0),
        ("2026-03-29T04:00:00+02:00", 1),
    ]  # fmt: skip
    pairs = _spans(at, "hour", every=2, timezone=BERLIN, gaps="keep")
    assert [n for _, n in pairs] == [1, 0, 1]


@pytest.mark.parametrize(
    ("unit", "every", "spans"),
    [("hour", 12, 21), ("day", 3, 5), ("week", 1, 3), ("month", 1, 2), ("quarter", 2, 1)],
)
def test_gaps_are_kept_when_asked_for(unit: str, every: int, spans: int) -> None:
    at = ["2026-02-20T07:00:00Z", "2026-03-02T07:00:00Z"]
    found = _spans(at, unit, every=every, gaps="keep")
    assert len(found) == spans
    assert sum(n for _, n in found) == 2


def test_gaps_have_missing_statistics_and_sums_of_zero() -> None:
    step = {
        "op": "resample", "column": "at", "unit": "day", "gaps": "keep",
        "aggregate": {
            "total": {"function": "sum", "column": "v"},
            "mean": {"function": "mean", "column": "v"},
        },
    }  # fmt: skip
    assert after({"at": ["2026-01-01", "2026-01-03"], "v": [1, 2]}, step) == [
        {"at": "2026-01-01", "total": 1, "mean": 1.0},
        {"at": "2026-01-02", "total": 0, "mean": None},
        {"at": "2026-01-03", "total": 2, "mean": 2.0},
    ]


def test_groups_have_spans_of_their_own_and_rows_without_a_time_are_left_out() -> None:
    data = {"at": ["2026-01-02", "2026-01-01", None, "2026-01-01"], "k": ["x", "y", "x", "x"]}
    step = {"op": "resample", "column": "at", "unit": "day", "by": ["k"], "aggregate": COUNT}
    assert after(data, step) == [
        {"at": "2026-01-01", "k": "y", "n": 1}, {"at": "2026-01-01", "k": "x", "n": 1},
        {"at": "2026-01-02", "k": "x", "n": 1},
    ]  # fmt: skip


@pytest.mark.parametrize("gaps", ["skip", "keep"])
def test_no_rows_have_no_spans(gaps: str) -> None:
    assert _spans([], "day", gaps=gaps) == []
    assert _spans([None], "hour", gaps=gaps) == []


@pytest.mark.parametrize(
    ("step", "at", "expected"),
    [
        ({"timezone": "Mars/Base"}, [], "timezone (resample): there is no time zone 'Mars/Base'"),
        ({"timezone": "../../etc/passwd"}, [], "timezone (resample): there is no time zone"),
        ({"timezone": "Europe"}, [], "timezone (resample): there is no time zone"),
        ({"timezone": ""}, [], "timezone (resample): there is no time zone"),
        ({"unit": "hour", "every": 5}, [], "every: Expected a divisor of 24 for the unit hour"),
        ({"column": "att"}, [], "column (resample): there is no column 'att'"),
        ({}, ["yesterday"], "column (resample): column 'at' holds text; expected ISO 8601"),
        ({}, [5], "column 'at' holds integer"),
        ({}, ["2026-01-01T00:00:00Z", "2026-01-01"], "all with a time zone or none"),
        ({"by": ["at"]}, [], "by (resample): 'at' is the column of time"),
        ({"by": ["k"], "gaps": "keep"}, [], "gaps: Gaps can be kept only without by"),
        (
            {"timezone": "Asia/Tokyo"}, ["9999-12-31T23:00:00Z"],
            "holds a moment at the very ends of the calendar",
        ),
    ],
)  # fmt: skip
def test_a_wrong_resample_is_refused(step: Any, at: list[Any], expected: str) -> None:
    step = {"op": "resample", "column": "at", "unit": "day", "aggregate": COUNT, **step}
    assert expected in refusal({"at": at}, step)


def test_more_gaps_than_allowed_are_refused() -> None:
    step = {
        "op": "resample", "column": "at", "unit": "minute", "gaps": "keep", "aggregate": COUNT,
    }  # fmt: skip
    given = {"data": {"at": ["1000-01-01", "2026-01-01"]}, "pipeline": [step]}
    assert "pipeline.0 (resample) has 1,001 rows" in refused(given, {"max_rows": 1000})
