"""Pipelines of the data agent: what goes on, what is reported, what is refused and where."""

import json
from typing import Any

import pytest

from agents.data import DataAgent
from agents.tables.work import Budget
from tests.agents.data_runs import after, outcome, refusal, refused, run

SALES = [
    {"city": "Bern", "price": 10, "sold": 3},
    {"city": "Graz", "price": 4, "sold": 10},
    {"city": "Bern", "price": 2.5, "sold": None},
]
TOTAL = {"op": "derive", "column": "total", "function": "multiply", "of": ["price", "sold"]}


def test_tables_go_on_and_reports_are_collected() -> None:
    found = run(
        {
            "data": SALES,
            "pipeline": [
                {"op": "describe"},
                {"op": "filter", "where": {"column": "sold", "is": "present"}},
                TOTAL,
                {"op": "summary", "name": "at the end"},
                {"op": "sort", "by": ["total"]},
            ],
        }
    )

    assert found["data"] == [
        {"city": "Bern", "price": 10, "sold": 3, "total": 30},
        {"city": "Graz", "price": 4, "sold": 10, "total": 40},
    ]
    assert (found["rows"], found["columns"]) == (2, ["city", "price", "sold", "total"])
    assert found["truncated"] is False
    assert found["reports"]["describe"]["columns"]["price"]["count"] == 3
    assert found["reports"]["at the end"]["shape"] == [2, 4]
    assert found["steps"] == [
        {"op": "describe", "rows": 3}, {"op": "filter", "rows": 2}, {"op": "derive", "rows": 2},
        {"op": "summary", "rows": 2}, {"op": "sort", "rows": 2},
    ]  # fmt: skip


def test_the_same_input_gives_the_same_bytes() -> None:
    given = {"data": SALES, "pipeline": [TOTAL, {"op": "chart", "kind": "bar", "x": "city"}]}
    assert outcome(given).output == outcome(given).output


def test_the_configs_pipeline_is_the_default_and_the_inputs_replaces_it() -> None:
    config = {"pipeline": [{"op": "limit", "n": 1}]}

    assert run({"data": SALES}, config)["rows"] == 1
    assert run({"data": SALES, "pipeline": [{"op": "limit", "n": 2}]}, config)["rows"] == 2
    assert run({"data": SALES, "operation": "describe"}, config)["operation"] == "describe"


def test_operation_and_pipeline_together_are_refused() -> None:
    error = refused({"data": [], "operation": "clean", "pipeline": [{"op": "describe"}]})
    assert "Expected either operation or pipeline" in error


def test_a_second_report_of_one_operation_is_numbered_and_a_name_is_used_once() -> None:
    steps: list[dict[str, Any]] = [{"op": "describe"}, {"op": "describe"}, {"op": "summary"}]
    found = run({"data": SALES, "pipeline": steps})
    assert list(found["reports"]) == ["describe", "describe_2", "summary"]

    twice = [{"op": "summary", "name": "x"}, {"op": "describe", "name": "x"}]
    assert "pipeline.1.name (describe): there is a report 'x' already" in refusal(SALES, *twice)


def test_clean_is_a_step_and_its_report_is_kept() -> None:
    found = run(
        {
            "data": [{"a": " 7 "}, {"a": "8"}],
            "pipeline": [{"op": "clean", "convert": {"a": "integer"}}],
        }
    )
    assert found["data"] == [{"a": 7}, {"a": 8}]
    assert found["reports"]["clean"]["converted"] == {"a": 2}


def test_more_rows_than_may_leave_are_cut_and_counted() -> None:
    found = run(
        {"columns": {"a": list(range(10))}, "pipeline": [{"op": "limit", "n": 8}]},
        {"max_output_rows": 3},
    )
    assert (found["rows"], len(found["data"]), found["truncated"]) == (8, 3, True)

    cells = {"columns": {"a": [1] * 10, "b": [2] * 10}, "pipeline": [{"op": "limit", "n": 10}]}
    assert len(run(cells, {"max_output_cells": 8})["data"]) == 4

    none = run({"data": SALES, "pipeline": [{"op": "describe"}], "output_rows": 0})
    assert (none["data"], none["truncated"], none["rows"]) == ([], True, 3)


def test_columns_are_selected_dropped_and_renamed() -> None:
    assert list(after(SALES, {"op": "select", "columns": ["sold", "city"]})[0]) == ["sold", "city"]
    assert list(after(SALES, {"op": "select", "drop": ["price"]})[0]) == ["city", "sold"]
    renamed = after(SALES, {"op": "rename", "columns": {"city": "town", "price": "city"}})
    assert list(renamed[0]) == ["town", "city", "sold"]


def test_rows_are_limited_and_sampled_repeatably() -> None:
    data = {"a": list(range(100))}

    assert [r["a"] for r in after(data, {"op": "limit", "n": 2, "offset": 98})] == [98, 99]
    assert after(data, {"op": "limit", "n": 5, "offset": 1000}) == []
    sample = [r["a"] for r in after(data, {"op": "sample", "n": 10, "seed": 7})]
    assert sample == [r["a"] for r in after(data, {"op": "sample", "n": 10, "seed": 7})]
    assert sample == sorted(sample)
    assert len(after(data, {"op": "sample", "fraction": 0.25})) == 25
    assert len(after(data, {"op": "sample", "n": 1000})) == 100


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (5, "input_data.pipeline.1: Expected an object with op; got a number"),
        ({}, "input_data.pipeline.1.op: Expected one of 'clean'"),
        (
            {"op": "filtr"},
            "input_data.pipeline.1.op: There is no op 'filtr'. Did you mean 'filter'?",
        ),
        ({"op": "limit", "n": -1}, "input_data.pipeline.1.n: "),
        ({"op": "limit", "n": 1, "m": 1}, "input_data.pipeline.1.m: Extra inputs"),
        ({"op": "sort", "by": []}, "input_data.pipeline.1.by: "),
        (
            {"op": "sort", "by": [{"colum": "a"}]},
            "input_data.pipeline.1.by.0.column: Field required",
        ),
        ({"op": "select"}, "input_data.pipeline.1: Expected either columns or drop"),
        ({"op": "sample"}, "input_data.pipeline.1: Expected either n or fraction"),
        (
            {"op": "filter", "where": {"all": [{"column": "a", "is": "="}]}},
            "input_data.pipeline.1.where.all.0: With '=' expected value or other_column",
        ),
        (
            {"op": "select", "columns": ["prise"]},
            "pipeline.1.columns.0 (select): there is no column 'prise'. Did you mean 'price'?",
        ),
        (
            {"op": "sort", "by": ["city", "nope"]},
            "input_data.pipeline.1.by.1.column (sort): there is no column 'nope'",
        ),
        (
            {"op": "rename", "columns": {"city": "price"}},
            "input_data.pipeline.1.columns (rename): two columns would be called 'price'",
        ),
        (
            {"op": "clean", "fill": {"nope": 1}},
            "input_data.pipeline.1.fill names the column 'nope'",
        ),
        (
            {"op": "clean", "convert": {"city": "integer"}},
            "input_data.pipeline.1 (clean): Row 1 of column 'city' holds \"Bern\"",
        ),
    ],
)
def test_a_wrong_step_is_refused_with_its_path(step: Any, expected: str) -> None:
    error = refused({"data": SALES, "pipeline": [{"op": "describe"}, step]})
    assert expected in error, error


def test_a_step_of_the_config_is_named_as_such() -> None:
    config = {"pipeline": [{"op": "top", "n": 1, "by": "pric"}]}
    assert "config.pipeline.0.by (top): there is no column 'pric'" in refused(
        {"data": SALES}, config
    )


def test_a_config_that_cannot_be_is_refused_as_config() -> None:
    found = outcome({"data": SALES}, {"pipeline": [{"op": "eval", "code": "1"}]})
    assert found.code == "invalid_config"
    assert "config.pipeline.0.op" in found.error


@pytest.mark.parametrize(
    "where",
    [{"not": {"not": {}}}, {"all": [{"all": []}]}],
)
def test_steps_nested_too_deep_are_refused(where: Any) -> None:
    for _ in range(30):
        where = {"not": where}
    error = refusal(SALES, {"op": "filter", "where": where})
    assert "input_data.pipeline: Expected steps nested at most 20 levels deep" in error


def test_too_many_steps_and_too_large_ones_are_refused() -> None:
    assert "pipeline" in refusal(SALES, *[{"op": "describe"}] * 101)
    values = {"column": "price", "is": "in", "values": [1] * 9_000}
    where = {"any": [values] * 6}
    assert "at most 50,000 values" in refusal(SALES, {"op": "filter", "where": where})


def test_a_table_that_grows_over_the_limits_is_refused_before_it_exists() -> None:
    data = {"a": [1] * 100, "b": [2] * 100}
    unpivot = {"data": data, "pipeline": [{"op": "unpivot"}]}
    assert "pipeline.0 (unpivot) has 200 rows" in refused(unpivot, {"max_rows": 150})
    derived = {"data": data, "pipeline": [{**TOTAL, "of": ["a", "b"]}]}
    assert "pipeline.0 (derive) has 3 columns" in refused(derived, {"max_columns": 2})


def test_texts_cannot_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    double = {"op": "derive", "column": "t", "function": "concat", "of": ["t", "t"]}
    error = refusal({"t": ["x" * 100]}, *[double] * 20)
    assert "a result of at most 100,000 characters" in error

    monkeypatch.setattr("agents.tables.pipeline.Budget", lambda: Budget(characters=150))
    assert "characters of text" in refusal({"t": ["x" * 50]}, double, double)


def test_every_operation_is_in_the_schema_of_config_and_input() -> None:
    for model in (DataAgent.Config, DataAgent.Input):
        schema = json.dumps(model.model_json_schema())
        for op in ("filter", "derive", "group", "pivot", "join", "resample", "validate", "chart"):
            assert f'"{op}": "#/$defs/' in schema
