"""group, pivot and unpivot: statistics per group that are exact, in order of appearance."""

from typing import Any

import pandas as pd
import pytest

from tests.agents.data_runs import after, column, refusal, refused

SALES = {
    "city": ["Bern", "Graz", "Bern", None, "Graz", None],
    "year": [2025, 2025, 2026, 2026, 2026, 2026],
    "sold": [3, 10, 5, 1, None, 2],
}


def _grouped(data: Any, by: list[str], **aggregate: Any) -> list[dict[str, Any]]:
    return after(data, {"op": "group", "by": by, "aggregate": aggregate})


def test_rows_are_grouped_in_order_of_appearance_and_missing_is_a_group() -> None:
    found = _grouped(
        SALES, ["city"],
        rows={"function": "count"}, known={"function": "count", "column": "sold"},
        total={"function": "sum", "column": "sold"}, best={"function": "max", "column": "sold"},
    )  # fmt: skip
    assert found == [
        {"city": "Bern", "rows": 2, "known": 2, "total": 8, "best": 5},
        {"city": "Graz", "rows": 2, "known": 1, "total": 10, "best": 10},
        {"city": None, "rows": 2, "known": 2, "total": 3, "best": 2},
    ]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("count", 4), ("sum", 12), ("mean", 3.0), ("median", 2.5), ("min", 1), ("max", 6),
        ("std", pytest.approx(pd.Series([3, 2, 6, 1]).std())), ("first", 3), ("last", 1),
        ("distinct", 4), ("mode", 3),
    ],
)  # fmt: skip
def test_each_statistic_looks_at_present_cells(function: str, expected: Any) -> None:
    found = _grouped({"v": [3, 2, None, 6, 1]}, [], r={"function": function, "column": "v"})
    assert found == [{"r": expected}]


@pytest.mark.parametrize(
    ("function", "expected"),
    [("sum", 0), ("count", 0), ("distinct", 0), ("mean", None), ("min", None), ("mode", None)],
)
def test_statistics_of_nothing(function: str, expected: Any) -> None:
    wanted = {"function": function, "column": "v"}
    assert _grouped({"v": []}, [], r=wanted) == [{"r": expected}]
    assert _grouped({"v": [None]}, ["v"], r=wanted) == [{"v": None, "r": expected}]
    assert _grouped({"v": []}, ["v"], r=wanted) == []


def test_sums_are_exact_and_keep_their_type() -> None:
    big = 2**62
    assert _grouped({"v": [big, big, big]}, [], r={"function": "sum", "column": "v"}) == [
        {"r": str(3 * big)}
    ]
    assert _grouped({"v": [0.1] * 10}, [], r={"function": "sum", "column": "v"}) == [{"r": 1.0}]
    assert _grouped({"v": [1e308, 1e308]}, [], r={"function": "sum", "column": "v"}) == [
        {"r": None}
    ]


def test_the_extremes_of_dates_are_moments() -> None:
    data = {"at": ["2026-03-01T10:00:00Z", "2026-03-01T12:30:00+05:30"]}
    found = _grouped(data, [], first={"function": "min", "column": "at"})
    assert found == [{"first": "2026-03-01T12:30:00+05:30"}]


def test_true_and_one_are_different_groups_and_one_and_one_point_zero_are_not() -> None:
    found = _grouped({"v": [1, True, 1.0, "1", [1], [1]]}, ["v"], n={"function": "count"})
    assert [row["n"] for row in found] == [2, 1, 1, 2]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"by": ["town"], "aggregate": {"n": {"function": "count"}}}, "by.0 (group): there is no"),
        ({"aggregate": {"n": {"function": "sum"}}}, "aggregate.n.column: sum needs a column"),
        (
            {"aggregate": {"n": {"function": "sum", "column": "city"}}},
            "aggregate.n.column (group): sum needs numbers, but column 'city' holds text",
        ),
        (
            {"by": ["city"], "aggregate": {"city": {"function": "count"}}},
            "aggregate.city (group): there is a column 'city' already",
        ),
        ({"aggregate": {}}, "aggregate: "),
    ],
)
def test_a_wrong_group_is_refused(step: dict[str, Any], expected: str) -> None:
    assert expected in refusal(SALES, {"op": "group", **step})


def test_values_become_columns() -> None:
    step = {"op": "pivot", "index": ["city"], "columns": "year", "values": "sold"}
    assert after(SALES, step) == [
        {"city": "Bern", "2025": 3, "2026": 5},
        {"city": "Graz", "2025": 10, "2026": 0},
        {"city": None, "2025": None, "2026": 3},
    ]
    count = {"op": "pivot", "index": ["year"], "columns": "city", "function": "count"}
    assert after(SALES, count) == [
        {"year": 2025, "Bern": 1, "Graz": 1, "(missing)": None},
        {"year": 2026, "Bern": 1, "Graz": 1, "(missing)": 2},
    ]


def test_a_pivot_wider_than_allowed_is_refused() -> None:
    data = {"k": [1] * 50, "c": list(range(50)), "v": [1] * 50}
    step = {"op": "pivot", "index": ["k"], "columns": "c", "values": "v"}
    error = refused({"data": data, "pipeline": [step]}, {"max_columns": 20})
    assert "pipeline.0 (pivot) has 51 columns; the module allows 20" in error


def test_values_that_read_the_same_cannot_be_two_columns() -> None:
    data = {"k": [1, 1], "c": [1, "1"], "v": [1, 2]}
    step = {"op": "pivot", "index": ["k"], "columns": "c", "values": "v"}
    assert "two columns would be called '1'" in refusal(data, step)


def test_columns_become_values() -> None:
    data = {"k": ["a", "b"], "x": [1, 2], "y": [None, "t"]}
    found = after(data, {"op": "unpivot", "keep": ["k"]})
    assert found == [
        {"k": "a", "column": "x", "value": 1}, {"k": "a", "column": "y", "value": None},
        {"k": "b", "column": "x", "value": 2}, {"k": "b", "column": "y", "value": "t"},
    ]  # fmt: skip
    assert column(data, "value", {"op": "unpivot", "columns": ["x"]}) == [1, 2]
    assert "there is a column 'k' already" in refusal(
        data, {"op": "unpivot", "keep": ["k"], "name_to": "k"}
    )
