"""join and append: which rows fit, what the columns are called, and how large it may become."""

from typing import Any

import pytest

from tests.agents.data_runs import refused, run

ORDERS = {"id": [1, 2, 3, 4], "customer": ["a", "b", None, "z"], "name": ["p", "q", "r", "s"]}
CUSTOMERS = [{"key": "a", "name": "Ada"}, {"key": "b", "name": "Bob"}, {"key": None, "name": "?"}]


def _joined(data: Any = ORDERS, other: Any = CUSTOMERS, **step: Any) -> Any:
    step = {"op": "join", "with": "other", "on": {"customer": "key"}, **step}
    return run({"data": data, "tables": {"other": other}, "pipeline": [step]})


@pytest.mark.parametrize(
    ("how", "ids"),
    [
        ("inner", [1, 2]), ("left", [1, 2, 3, 4]), ("right", [1, 2, None]),
        ("outer", [1, 2, 3, 4, None]), ("semi", [1, 2]), ("anti", [3, 4]),
    ],
)  # fmt: skip
def test_rows_are_joined(how: str, ids: list[int | None]) -> None:
    assert [row["id"] for row in _joined(how=how)["data"]] == ids


def test_columns_that_both_have_get_a_suffix_and_keys_are_filled_from_the_right() -> None:
    found = _joined(how="outer", other=[{"key": "a", "name": "Ada"}, {"key": "x", "name": "Xi"}])

    assert found["columns"] == ["id", "customer", "name", "name_right"]
    assert found["data"][0] == {"id": 1, "customer": "a", "name": "p", "name_right": "Ada"}
    assert found["data"][-1] == {"id": None, "customer": "x", "name": None, "name_right": "Xi"}


def test_equal_numbers_fit_and_equal_looking_values_do_not() -> None:
    found = _joined({"k": [1, True, "1"]}, {"k": [1.0], "v": ["one"]}, on=["k"])
    assert found["data"] == [{"k": 1, "v": "one"}]


def test_the_order_is_that_of_both_tables() -> None:
    found = _joined({"k": [2, 1]}, {"k": [1, 2, 2], "v": ["a", "b", "c"]}, on=["k"])
    assert [row["v"] for row in found["data"]] == ["b", "c", "a"]


def test_a_join_that_would_explode_is_refused_before_it_is_made() -> None:
    many = {"k": [1] * 30_000}
    given = {
        "data": many, "tables": {"other": many},
        "pipeline": [{"op": "join", "with": "other", "on": ["k"]}],
    }  # fmt: skip
    assert "pipeline.0 (join) has 900,000,000 rows" in refused(given)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            {"with": "others"},
            "with (join): there is no table 'others' in tables. Did you mean 'other'",
        ),
        ({"on": ["customer"]}, "on.customer (join): table 'other' has no column 'customer'"),
        ({"on": {"customr": "key"}}, "on.customr (join): there is no column 'customr'"),
        ({"on": []}, "on: "),
        ({"on": 5}, "on: "),
        ({"suffix": ""}, "suffix: "),
    ],
)
def test_a_wrong_join_is_refused(step: dict[str, Any], expected: str) -> None:
    step = {"op": "join", "with": "other", "on": {"customer": "key"}, **step}
    given = {"data": ORDERS, "tables": {"other": CUSTOMERS}, "pipeline": [step]}
    assert expected in refused(given)


def test_a_suffix_that_meets_a_column_is_refused() -> None:
    data = {"k": [1], "v": [1], "v_right": [1]}
    given = {
        "data": data, "tables": {"other": {"k": [1], "v": [2]}},
        "pipeline": [{"op": "join", "with": "other", "on": ["k"]}],
    }  # fmt: skip
    assert "suffix (join): two columns would be called 'v_right'" in refused(given)


def test_tables_come_from_the_config_and_the_input_goes_before() -> None:
    step = {"op": "append", "with": "more"}
    config = {"tables": {"more": {"a": [9]}}, "pipeline": [step]}

    assert run({"data": {"a": [1]}}, config)["data"] == [{"a": 1}, {"a": 9}]
    given = {"data": {"a": [1]}, "tables": {"more": "a,b\n2,x\n"}}
    assert run(given, config)["data"] == [{"a": 1, "b": None}, {"a": 2, "b": "x"}]


def test_a_damaged_table_is_named() -> None:
    given = {"data": {"a": [1]}, "tables": {"t": [5]}, "pipeline": [{"op": "append", "with": "t"}]}
    assert "input_data.tables.t.0 is a number" in refused(given)
