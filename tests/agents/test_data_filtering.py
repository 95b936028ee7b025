"""filter and sort: typed comparisons, dates, missing cells, order."""

from typing import Any

import pytest

from tests.agents.data_runs import column, refusal

MIXED = {"id": [1, 2, 3, 4, 5], "v": [10, 2.5, None, -1, 10]}


def _ids(data: Any, where: Any) -> list[Any]:
    return column(data, "id", {"op": "filter", "where": where})


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"is": "=", "value": 10}, [1, 5]),
        ({"is": "=", "value": 10.0}, [1, 5]),
        ({"is": "!=", "value": 10}, [2, 4]),
        ({"is": "<", "value": 2.5}, [4]),
        ({"is": "<=", "value": 2.5}, [2, 4]),
        ({"is": ">", "value": 2}, [1, 2, 5]),
        ({"is": ">=", "value": 10}, [1, 5]),
        ({"is": "between", "values": [-1, 2.5]}, [2, 4]),
        ({"is": "in", "values": [10, -1]}, [1, 4, 5]),
        ({"is": "not_in", "values": [10, -1]}, [2]),
        ({"is": "missing"}, [3]),
        ({"is": "present"}, [1, 2, 4, 5]),
    ],
)
def test_numbers_are_compared(test: Any, expected: list[int]) -> None:
    assert _ids(MIXED, {"column": "v", **test}) == expected


def test_conditions_are_joined_and_turned_round() -> None:
    small = {"column": "v", "is": "<", "value": 5}
    first = {"column": "id", "is": "<=", "value": 2}

    assert _ids(MIXED, {"all": [small, first]}) == [2]
    assert _ids(MIXED, {"any": [small, first]}) == [1, 2, 4]
    assert _ids(MIXED, {"not": small}) == [1, 3, 5]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"is": "contains", "value": "ar"}, [1, 3]),
        ({"is": "contains", "value": "AR", "ignore_case": True}, [1, 3]),
        ({"is": "starts_with", "value": "Mar"}, [1]),
        ({"is": "ends_with", "value": "(.*)"}, [2]),
        ({"is": "contains", "value": ".*"}, [2]),
        ({"is": "=", "value": "STRASSE", "ignore_case": True}, [4]),
        ({"is": "<", "value": "N"}, [1, 2, 3]),
    ],
)
def test_texts_are_compared_as_plain_text(test: Any, expected: list[int]) -> None:
    data = {"id": [1, 2, 3, 4, 5], "t": ["Mary", "M(.*)", "Karl", "straße", None]}
    assert _ids(data, {"column": "t", **test}) == expected


def test_dates_are_compared_as_moments() -> None:
    data = {
        "id": [1, 2, 3],
        "at": ["2026-03-01T10:00:00Z", "2026-03-01T12:30:00+05:30", "2026-03-01T23:00:00-05:00"],
    }
    test = {"column": "at", "is": "<", "value": "2026-03-01T08:00:00Z"}
    assert _ids(data, test) == [2]
    equal = {"column": "at", "is": "=", "value": "2026-03-01T11:00:00+01:00"}
    assert _ids(data, equal) == [1]
    assert column(data, "id", {"op": "sort", "by": ["at"]}) == [2, 1, 3]


def test_a_column_is_compared_with_another() -> None:
    data = {"id": [1, 2, 3], "a": [1, 5, None], "b": [2, 5.0, 3]}
    assert _ids(data, {"column": "a", "is": "<", "other_column": "b"}) == [1]
    assert _ids(data, {"column": "a", "is": "=", "other_column": "b"}) == [2]
    assert _ids(data, {"column": "a", "is": "!=", "other_column": "b"}) == [1]


def test_true_is_not_one() -> None:
    data = {"id": [1, 2, 3], "v": [True, 1, "1"]}
    assert _ids(data, {"column": "v", "is": "=", "value": 1}) == [2]
    assert _ids(data, {"column": "v", "is": "=", "value": True}) == [1]
    assert _ids(data, {"column": "v", "is": ">", "value": 0}) == [2]


def test_nothing_fits_an_empty_column_or_table() -> None:
    test = {"column": "v", "is": "<", "value": "x"}
    assert _ids({"id": [1], "v": [None]}, test) == []
    assert _ids({"id": [], "v": []}, test) == []


@pytest.mark.parametrize(
    ("cells", "test", "expected"),
    [
        (
            ["1", "2"], {"is": ">", "value": 1},
            "where.value (filter): column 'v' holds text, but this is a number. Convert",
        ),
        (
            [1, 2], {"is": "in", "values": [1, "2"]},
            "where.values.1 (filter): column 'v' holds integer",
        ),
        (
            ["2026-01-01"], {"is": ">", "value": "last week"},
            "holds date; expected a date written like its own, such as 2026-01-01",
        ),
        (
            ["2026-01-01T00:00:00Z"], {"is": ">", "value": "2026-01-01"},
            "expected a date written like its own, such as 2026-01-01T00:00:00Z",
        ),
    ],
)  # fmt: skip
def test_a_comparison_that_can_never_be_true_is_refused(
    cells: list[Any], test: Any, expected: str
) -> None:
    error = refusal({"v": cells}, {"op": "filter", "where": {"column": "v", **test}})
    assert expected in error, error


def test_columns_with_and_without_a_zone_are_not_compared() -> None:
    data = {"a": ["2026-01-01T00:00:00Z"], "b": ["2026-01-01T00:00:00"]}
    error = refusal(
        data, {"op": "filter", "where": {"column": "a", "is": "<", "other_column": "b"}}
    )
    assert "has a time zone and the other has none" in error


def test_sort_is_stable_in_both_directions_and_puts_missing_where_asked() -> None:
    data = {"id": [1, 2, 3, 4], "v": [2, None, 1, 2]}

    assert column(data, "id", {"op": "sort", "by": ["v"]}) == [3, 1, 4, 2]
    down = {"op": "sort", "by": [{"column": "v", "order": "desc"}], "missing": "first"}
    assert column(data, "id", down) == [2, 1, 4, 3]
    two = {"op": "sort", "by": ["v", {"column": "id", "order": "desc"}]}
    assert column(data, "id", two) == [3, 4, 1, 2]


def test_mixed_cells_have_an_order() -> None:
    data = {"v": [{"a": 1}, "b", True, 2, None, "a", 1.5, False]}
    expected = [False, True, 1.5, 2, "a", "b", {"a": 1}, None]
    assert column(data, "v", {"op": "sort", "by": ["v"]}) == expected


def test_top_gives_the_largest_or_smallest_in_order() -> None:
    data = {"v": [3, None, 9, 1, 9.5]}
    assert column(data, "v", {"op": "top", "n": 2, "by": "v"}) == [9.5, 9]
    assert column(data, "v", {"op": "top", "n": 2, "by": "v", "order": "asc"}) == [1, 3]
    assert column(data, "v", {"op": "top", "n": 9, "by": "v"}) == [9.5, 9, 3, 1, None]
