"""validate and outliers: what they find, and what becomes of the rows."""

from typing import Any

import pytest

from tests.agents.data_runs import after, column, refusal, report, run

PEOPLE = {
    "id": [1, 2, 2, None],
    "age": [36, -1, "old", 200],
    "mail": ["a@x", "b", None, "c@x"],
    "born": ["1990-01-05", "2030-01-01", "1980-13-01", None],
}


def _broken(rule: dict[str, Any], name: str) -> dict[str, list[int]]:
    found = report(PEOPLE, {"op": "validate", "columns": {name: rule}})
    return {finding["rule"]: finding["rows"] for finding in found["findings"]}


@pytest.mark.parametrize(
    ("name", "rule", "broken"),
    [
        ("id", {"required": True, "unique": True}, {"required": [4], "unique": [3]}),
        ("age", {"type": "integer"}, {"type": [3]}),
        ("age", {"minimum": 0, "maximum": 120}, {"minimum": [2, 3], "maximum": [3, 4]}),
        ("age", {"one_of": [36, 200.0, -1, "old"]}, {}),
        ("age", {"one_of": [36, True]}, {"one_of": [2, 3, 4]}),
        ("mail", {"min_length": 3, "max_length": 3}, {"min_length": [2]}),
        ("mail", {"type": "text"}, {}),
        ("born", {"type": "date"}, {"type": [3]}),
        ("born", {"maximum": "2026-01-01"}, {"maximum": [2, 3]}),
        ("born", {"type": "text"}, {}),
    ],
)
def test_rules_find_the_rows_that_break_them(
    name: str, rule: dict[str, Any], broken: dict[str, list[int]]
) -> None:
    assert _broken(rule, name) == broken


def test_the_report_says_what_was_expected_and_what_came() -> None:
    found = report(PEOPLE, {"op": "validate", "columns": {"age": {"maximum": 120}, "zip": {}}})
    assert found == {
        "valid": False, "rows": 4, "invalid_rows": 2,
        "findings": [
            {
                "column": "zip", "rule": "exists", "expected": True, "count": 0, "rows": [],
                "examples": [],
            },
            {
                "column": "age", "rule": "maximum", "expected": 120, "count": 2, "rows": [3, 4],
                "examples": ["old", 200],
            },
        ],
    }  # fmt: skip


def test_unnamed_columns_are_refused_when_asked() -> None:
    step = {"op": "validate", "columns": {"id": {}}, "others": "refuse"}
    found = report({"id": [1], "x": [1]}, step)
    assert [(f["column"], f["rule"]) for f in found["findings"]] == [("x", "expected")]
    assert report({"id": [1]}, step)["valid"] is True


def test_rows_that_break_a_rule_are_dropped_or_fail_the_run() -> None:
    step = {"op": "validate", "columns": {"age": {"type": "integer", "minimum": 0}}}

    assert column(PEOPLE, "age", {**step, "on_failure": "drop"}) == [36, 200]
    error = refusal(PEOPLE, {**step, "on_failure": "fail"})
    assert "column 'age' breaks the rule type = integer in 1 of 4 rows (first: row 3)" in error
    assert "1 more findings" in error
    assert len(after(PEOPLE, step)) == 4


NUMBERS = [10, 11, 12, 11, 10, None, 500]


def test_outliers_are_found_by_quartiles() -> None:
    found = report({"v": NUMBERS, "t": ["x"] * 7}, {"op": "outliers"})
    assert found["rows"] == 1
    assert list(found["columns"]) == ["v"]
    bounds = found["columns"]["v"]
    assert (bounds["count"], bounds["examples"]) == (1, [{"row": 7, "value": 500}])
    assert bounds["low"] < 10 < 12 < bounds["high"] < 500


def test_outliers_are_found_by_standard_deviations() -> None:
    data = {"v": [*range(100), 10_000]}
    found = report(data, {"op": "outliers", "method": "zscore"})
    assert found["columns"]["v"]["count"] == 1


@pytest.mark.parametrize(
    ("action", "expected"),
    [("report", NUMBERS), ("drop", NUMBERS[:-1]), ("clip", [*NUMBERS[:-1], 14.0])],
)
def test_outliers_stay_go_or_are_clipped(action: str, expected: list[Any]) -> None:
    assert column({"v": NUMBERS}, "v", {"op": "outliers", "action": action}) == expected


def test_outliers_are_marked_in_a_new_column() -> None:
    mark = {"op": "outliers", "action": "mark"}
    assert column({"v": NUMBERS}, "outlier", mark) == [False] * 6 + [True]
    assert "there is a column 'outlier' already" in refusal({"outlier": [1]}, mark)


@pytest.mark.parametrize("cells", [[], [None], [5], [5, 5, 5], [10**400, 1, 2]])
def test_few_equal_or_huge_numbers_have_no_outliers(cells: list[Any]) -> None:
    step = {"op": "outliers", "columns": ["v"], "method": "zscore"}
    found = run({"data": {"v": cells}, "pipeline": [step]})
    assert found["reports"]["outliers"]["columns"]["v"]["count"] in (0, 1)


def test_outliers_of_texts_are_refused() -> None:
    error = refusal({"v": ["x"]}, {"op": "outliers", "columns": ["v"]})
    assert "columns.0 (outliers): column 'v' holds text; expected numbers" in error
