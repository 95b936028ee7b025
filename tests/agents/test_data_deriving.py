"""derive: arithmetic that stays exact, texts that stay bounded, dates; row by row."""

import math
from typing import Any

import pytest

from tests.agents.data_runs import after, column, refusal


def _derived(cells: list[Any], function: str, *more: Any, **options: Any) -> list[Any]:
    step = {"op": "derive", "column": "r", "function": function, "of": ["v", *more], **options}
    return column({"v": cells}, "r", step)


@pytest.mark.parametrize(
    ("function", "cell", "more", "expected"),
    [
        ("add", 2, [3, 0.5], 5.5), ("subtract", 2, [3], -1), ("multiply", 3, [4], 12),
        ("divide", 6, [3], 2), ("divide", 1, [4], 0.25), ("divide", 1, [0], None),
        ("floor_divide", -7, [2], -4), ("modulo", 7, [0], None), ("modulo", -7, [3], 2),
        ("power", 2, [10], 1024), ("power", 10, [400], None), ("power", -8, [0.5], None),
        ("power", 7, [10**9], None), ("negate", 5, [], -5), ("absolute", -2.5, [], 2.5),
        ("round", 2.5, [], 3), ("round", -2.5, [], -3), ("round", 1.005, [2], 1.01),
        ("round", 1234, [-2], 1200), ("round", 1e30, [2], 1e30), ("round", 0.1, [300], 0.1),
        ("floor", -1.5, [], -2), ("ceil", 1.2, [], 2), ("square_root", 9, [], 3.0),
        ("square_root", -1, [], None), ("minimum", 3, [2, 5], 2), ("maximum", 3, [2, 5.5], 5.5),
        ("multiply", 1e308, [10], None),
    ],
)  # fmt: skip
def test_numbers_are_computed_and_what_does_not_exist_is_missing(
    function: str, cell: Any, more: list[Any], expected: Any
) -> None:
    found = _derived([cell, None], function, *more)
    assert found == [expected, None]
    assert type(found[0]) is type(expected)


def test_large_integers_and_decimals_stay_exact() -> None:
    assert _derived([2**60 + 1], "add", 1) == [str(2**60 + 2)]
    csv = "v,w\n0.12345678901234567890123,1\n2,1\n"
    step = {"op": "derive", "column": "r", "function": "add", "of": ["v", 1.5]}
    assert column(csv, "r", step)[0] == "1.62345678901234567890123"


@pytest.mark.parametrize(
    ("function", "cell", "more", "expected"),
    [
        ("concat", "a", [{"value": "-"}, 7, {"value": True}], "a-7true"),
        ("upper", "straße", [], "STRASSE"), ("lower", "ÄB", [], "äb"), ("strip", " x ", [], "x"),
        ("length", "héé", [], 3), ("slice", "abcdef", [1, 3], "bc"),
        ("slice", "abcdef", [-2], "ef"),
        ("replace", "a.b.c", [{"value": "."}, {"value": ""}], "abc"),
        ("split", "a-b-c", [{"value": "-"}, 1], "b"), ("split", "a-b", [{"value": "-"}, -1], "b"),
        ("split", "a", [{"value": "-"}, 1], None),
        ("pad_left", "7", [3, {"value": "0"}], "007"), ("pad_right", "ab", [4], "ab  "),
        ("year", "2026-03-29", [], 2026), ("quarter", "2026-04-01", [], 2),
        ("month", "2026-03-29T23:00:00-05:00", [], 3), ("day", "2026-03-29T23:00:00-05:00", [], 29),
        ("weekday", "2026-03-29", [], 7), ("hour", "2026-03-29T23:00:00-05:00", [], 23),
        ("date", "2026-03-29T23:00:00-05:00", [], "2026-03-29"),
        ("days_between", "2026-02-28", [{"value": "2026-03-01"}], 1),
        ("days_between", "2026-03-01T00:00:00", [{"value": "2026-03-01T12:00:00"}], 0.5),
    ],
)  # fmt: skip
def test_texts_and_dates_are_computed(
    function: str, cell: Any, more: list[Any], expected: Any
) -> None:
    assert _derived([cell, None], function, *more) == [expected, None]


def test_functions_nest() -> None:
    step = {
        "op": "derive", "column": "net", "function": "round",
        "of": [{"function": "divide", "of": ["gross", {"function": "add", "of": [1, "tax"]}]}, 2],
    }  # fmt: skip
    assert column({"gross": [119], "tax": [0.19]}, "net", step) == [100.0]


def test_coalesce_takes_the_first_that_is_there() -> None:
    step = {"op": "derive", "column": "c", "function": "coalesce", "of": ["a", "b", {"value": "-"}]}
    data = {"a": [1, None, None], "b": [2, False, None]}
    assert column(data, "c", step) == [1, False, "-"]


def test_only_the_rows_that_fit_are_computed_and_others_keep_what_they_have() -> None:
    data = {"a": [1, 2, 3]}
    step = {
        "op": "derive", "column": "a", "function": "negate", "of": ["a"],
        "where": {"column": "a", "is": ">", "value": 1},
    }  # fmt: skip
    assert column(data, "a", step) == [1, -2, -3]
    assert column(data, "b", {**step, "column": "b"}) == [None, -2, -3]
    assert column(data, "b", {**step, "column": "b", "otherwise": 0}) == [0, -2, -3]


def test_a_row_that_does_not_fit_fails_or_is_missing_as_chosen() -> None:
    data = {"v": [1, "two", None]}
    step = {"op": "derive", "column": "r", "function": "add", "of": ["v", 1]}

    error = refusal(data, step)
    assert 'pipeline.0.of (derive): row 2 of 3: add expected a number; got "two", 1' in error
    assert column(data, "r", {**step, "on_error": "null"}) == [2, None, None]


def test_rows_outside_where_cannot_fail() -> None:
    step = {
        "op": "derive", "column": "v", "function": "add", "of": ["v", 1],
        "where": {"column": "v", "is": "!=", "value": "two"},
    }  # fmt: skip
    assert column({"v": [1, "two"]}, "v", step) == [2, "two"]


@pytest.mark.parametrize(
    ("function", "of", "expected"),
    [
        ("add", ["v"], "pipeline.0.of: add takes 2 to 20 operands; got 1"),
        ("negate", ["v", 1], "pipeline.0.of: negate takes 1 operands; got 2"),
        ("add", ["v", "w"], "pipeline.0.of.1 (derive): there is no column 'w'"),
        ("add", ["v", {}], "pipeline.0.of.1: Expected a column's name, a number, or an object"),
        ("add", ["v", {"function": "eval", "of": [1]}], "pipeline.0.of.1.function: "),
        ("add", ["v", None], "pipeline.0.of.1: Expected a column's name"),
        ("pad_left", ["v", 10**9], "one character to fill with, and a width up to 100,000"),
        ("replace", ["v", {"value": ""}, {"value": "x"}], "expected something to find"),
        ("length", [{"value": 5}], "length expected a text; got 5"),
        ("year", [{"value": "soon"}], "year expected an ISO 8601 date"),
    ],
)
def test_a_wrong_function_is_refused(function: str, of: list[Any], expected: str) -> None:
    error = refusal({"v": ["x"]}, {"op": "derive", "column": "r", "function": function, "of": of})
    assert expected in error, error


def test_a_replacement_that_would_explode_is_refused_before_it_is_made() -> None:
    by = {"value": "y" * 90_000}
    error = refusal(
        {"v": ["x" * 90_000]},
        {"op": "derive", "column": "r", "function": "replace", "of": ["v", {"value": "x"}, by]},
    )
    assert "a result of at most 100,000 characters" in error


def test_an_existing_column_keeps_its_place() -> None:
    step = {"op": "derive", "column": "a", "function": "add", "of": ["a", "b"]}
    assert after({"a": [1], "b": [2]}, step) == [{"a": 3, "b": 2}]
    assert math.isclose(_derived([0.1], "add", 0.2)[0], 0.3)
