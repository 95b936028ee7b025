"""The newer ways to send a table: split and JSON lines. The older ones stand in test_data.py."""

from typing import Any

import pytest

from tests.agents.data_runs import refused, run

CLEAN = {"operation": "clean", "clean": {"drop_duplicates": False}}


def _records(**source: Any) -> Any:
    return run({**CLEAN, **source})["records"]


def test_split_and_json_lines_give_the_same_table_as_records() -> None:
    records = [{"a": 1, "b": "x"}, {"a": None, "b": "Ä"}]
    lines = '\ufeff{"a": 1, "b": "x"}\r\n\n{"b": "Ä", "a": null}\n'
    split = {"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [None, "Ä"]]}

    assert _records(records=records) == records
    assert _records(jsonl=lines) == records
    assert _records(split=split) == records


def test_rows_need_not_have_the_same_keys() -> None:
    assert _records(jsonl='{"a": 1}\n{"b": 2}') == [{"a": 1, "b": None}, {"a": None, "b": 2}]
    assert _records(records=[{"a": 1, "b": 2}, {"b": 3, "a": 4}]) == [
        {"a": 1, "b": 2}, {"a": 4, "b": 3},
    ]  # fmt: skip


def test_no_rows_have_the_columns_of_split() -> None:
    found = run({"split": {"columns": ["a"], "data": []}})
    assert found["columns"] == {"a": {"type": "empty", "count": 0, "missing": 0}}
    assert run({"jsonl": ""})["rows"] == 0
    assert run({"split": {"columns": [], "data": [[], []]}})["rows"] == 2


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"jsonl": 5}, "input_data.jsonl is a number; expected JSON lines"),
        ({"jsonl": '{"a": 1}\n{"a": 1'}, "input_data.jsonl, line 2: not readable as JSON"),
        ({"jsonl": "[1]"}, "input_data.jsonl, line 1: a list; expected an object"),
        ({"jsonl": '{"a": NaN}'}, "line 1: not readable as JSON (NaN is no JSON)"),
        ({"jsonl": '{"a": 1, "a": 2}'}, "line 1: not readable as JSON (a key is repeated)"),
        ({"jsonl": '{"a": 1e999}'}, "input_data.jsonl.a holds Infinity"),
        ({"jsonl": "[" * 5_000}, "line 1: "),
        ({"jsonl": '{"a": ' + "9" * 5_000 + "}"}, "line 1: not readable as JSON"),
        ({"split": [1]}, 'input_data.split: expected {"columns"'),
        ({"split": {"columns": ["a", 1], "data": []}}, "input_data.split.columns.1 is a number"),
        ({"split": {"columns": ["a", "a"], "data": []}}, "names 'a' more than once"),
        (
            {"split": {"columns": ["a"], "data": [[1], [1, 2]]}},
            "input_data.split.data.1 is 2 values; expected a list of 1 values",
        ),
        ({"split": {"columns": ["a"], "data": [5]}}, "input_data.split.data.0 is a number"),
        ({"jsonl": "", "csv": "a"}, "got csv and jsonl"),
    ],
)
def test_damaged_sources_are_refused_with_their_place(source: Any, expected: str) -> None:
    assert expected in refused(source)


@pytest.mark.parametrize(
    "source",
    [
        {"jsonl": '{"a": 1, "b": 2}\n' * 3},
        {"split": {"columns": ["a", "b"], "data": [[1, 2]] * 3}},
    ],
)
@pytest.mark.parametrize("limit", ["max_rows", "max_columns", "max_cells"])
def test_limits_hold_for_every_source(source: Any, limit: str) -> None:
    assert f"raise {limit}" in refused(source, {limit: 1})
