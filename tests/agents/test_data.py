"""The data agent: pandas' figures, exact values, strict JSON, and errors that name the path."""

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.data import DataAgent
from agents.errors import InvalidConfig, InvalidInput
from agents.outcome import Outcome, run_agent
from agents.testing import RecordingContext

RECORDS = [
    {"age": 36, "name": "Ada", "paid": 10.5, "on": "2026-01-05"},
    {"age": 41, "name": "Bob", "paid": None, "on": "2026-03-01"},
    {"age": 19, "name": "Ada", "paid": 2.25, "on": None},
]
STATISTICS = ("count", "mean", "std", "min", "25%", "50%", "75%", "max")
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e150, 1e150)
RECORD_LISTS = st.lists(
    st.fixed_dictionaries(
        {"int": st.integers(-(2**53), 2**53), "number": NUMBERS},
        optional={"gappy": NUMBERS | st.none(), "text": st.sampled_from(["a", "b", "Ä", ""])},
    ),
    min_size=1,
    max_size=30,
)


def _refuse_constant(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")


def _outcome(input_data: Any, config: Any = None) -> Outcome:
    body = json.dumps(input_data).encode()
    run = run_agent(DataAgent, RecordingContext(), config=config or {}, input_json=body)
    return asyncio.run(run)


def _run(input_data: Any, config: Any = None) -> Any:
    """Through JSON on both sides, as the host does it."""
    outcome = _outcome(input_data, config)
    assert outcome.status == "completed", outcome.error
    return json.loads(outcome.output, parse_constant=_refuse_constant)


def _error(input_data: Any, config: Any = None) -> str:
    outcome = _outcome(input_data, config)
    assert (outcome.status, outcome.code) == ("failed", "invalid_input"), outcome
    return outcome.error


def _clean(data: Any, **options: Any) -> Any:
    return _run({"operation": "clean", "data": data, "clean": options})


# any operation

CELLS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", " x", "7", "1.5", "2026-01-05", "2026-01-05T10:00:00Z", "true"])
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
    | st.lists(st.integers(), max_size=2) | st.dictionaries(st.text("ab"), st.none(), max_size=2)
)  # fmt: skip
TARGETS = st.sampled_from(["integer", "number", "text", "boolean", "date", "datetime"])


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), CELLS), max_size=8),
    st.sampled_from(["describe", "summary", "clean"]),
    TARGETS,
    st.sampled_from(["mean", "median", "mode"]),
)
@settings(deadline=None, max_examples=150)
def test_any_records_give_strict_json_or_a_readable_refusal(
    records: list[dict[str, Any]], operation: str, target: str, statistic: str
) -> None:
    options = {
        "convert": {"a": target}, "on_error": "null", "fill_with": {"b": statistic},
        "drop_missing": "any",
    }  # fmt: skip
    outcome = _outcome({"operation": operation, "records": records, "clean": options})
    assert outcome.code in ("", "invalid_input"), outcome
    if outcome.status == "completed":
        json.loads(outcome.output, parse_constant=_refuse_constant)


@given(
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(',;"\n\t1.0'), max_size=40)
)
@settings(deadline=None, max_examples=100)
def test_any_text_as_csv_gives_a_result_or_a_readable_refusal(text: str) -> None:
    outcome = _outcome({"csv": text.replace("\x00", "")})
    assert outcome.code in ("", "invalid_input"), outcome


# describe


@given(RECORD_LISTS)
@settings(deadline=None, max_examples=60)
def test_describe_of_numbers_equals_pandas(records: list[dict[str, Any]]) -> None:
    found = _run({"data": records})

    assert found["rows"] == len(records)
    expected = pd.DataFrame(records).describe(include="all")
    for name, column in found["columns"].items():
        if column["type"] not in ("integer", "number"):
            continue
        for statistic in STATISTICS:
            value = column[statistic]
            theirs = float(expected[name][statistic])
            assert (None if pd.isna(theirs) or abs(theirs) == float("inf") else theirs) == (
                None if value is None else float(value)
            ), (name, statistic)


@given(st.lists(st.sampled_from(["a", "b", "Ä", "2", ""]) | st.none(), min_size=1, max_size=30))
@settings(deadline=None, max_examples=40)
def test_describe_of_text_equals_pandas(texts: list[str | None]) -> None:
    found = _run({"columns": {"text": texts}})["columns"]["text"]

    expected = pd.Series(texts, dtype=object).describe()
    if not expected["count"]:
        assert found == {"type": "empty", "count": 0, "missing": len(texts)}
        return
    assert [found[key] for key in ("count", "unique", "top", "freq")] == list(expected)


def test_the_guides_input_describes_by_default() -> None:
    found = _run({"data": RECORDS})

    assert found["operation"] == "describe"
    assert found["rows"] == 3
    assert found["columns"]["name"] == {
        "type": "text", "count": 3, "missing": 0, "unique": 2, "top": "Ada", "freq": 2,
    }  # fmt: skip
    assert found["columns"]["on"] == {
        "type": "date", "count": 2, "missing": 1, "unique": 2,
        "min": "2026-01-05", "max": "2026-03-01",
    }  # fmt: skip
    assert found["columns"]["paid"]["mean"] == 6.375


def test_columns_records_and_csv_give_the_same_result() -> None:
    columns = {"a": [1, 2, None], "b": ["x", "y", "z"]}
    records = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"b": "z"}]
    csv = "a,b\n1,x\n2,y\n,z\n"

    results = [
        _run(given)
        for given in (
            {"data": columns}, {"columns": columns}, {"data": records}, {"records": records},
            {"data": csv}, {"csv": csv},
        )
    ]  # fmt: skip

    assert all(result == results[0] for result in results)


def test_it_can_be_called_alone_with_plain_dicts() -> None:
    found = asyncio.run(DataAgent("org-1").execute({"data": {"a": [1, 3]}}))
    assert found["columns"]["a"]["mean"] == 2

    with pytest.raises(InvalidInput, match="input_data: Expected exactly one of"):
        asyncio.run(DataAgent("org-1").execute({}))
    with pytest.raises(InvalidConfig, match=r"config\.operation"):
        asyncio.run(DataAgent("org-1", {"operation": "eval"}).execute({"data": []}))


def test_statistics_that_do_not_exist_are_null() -> None:
    found = _run({"data": [{"a": 1.5, "b": None, "c": 1e308}, {"c": 1e308}]})["columns"]

    assert found["a"]["std"] is None
    assert found["b"] == {"type": "empty", "count": 0, "missing": 2}
    assert found["c"]["mean"] is None  # the sum is beyond a float's range
    assert found["c"]["max"] == 1e308


def test_integers_beyond_a_float_keep_every_digit() -> None:
    big, huge = 2**53 + 1, 10**400
    found = _run({"columns": {"a": [big, None, 2**63 + 1], "b": [huge, -huge, 1]}})["columns"]

    assert (found["a"]["min"], found["a"]["max"]) == (str(big), str(2**63 + 1))
    assert found["a"]["mean"] == float((big + 2**63 + 1) // 2)
    assert (found["b"]["min"], found["b"]["max"]) == (str(-huge), str(huge))
    assert found["b"]["mean"] is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([True, None, False], "boolean"),
        ([1, None, 2], "integer"),
        ([1, 2.5], "number"),
        (["2026-01-05", None], "date"),
        (["2026-01-05T10:00:00Z", "2026-01-05T12:00:00+05:30"], "datetime"),
        (["2026-01-05T10:00:00Z", "2026-01-05T10:00:00"], "text"),
        (["2026-02-30"], "text"),
        (["00123", "7"], "text"),
        ([1, "1", True], "mixed"),
        ([{"a": 1}, {"a": 1}, [2]], "object"),
        ([None], "empty"),
    ],
)
def test_a_columns_type_follows_its_values(values: list[Any], kind: str) -> None:
    for operation in ("describe", "summary"):
        found = _run({"columns": {"c": values}, "operation": operation})
        assert found["columns"]["c"]["type"] == kind


def test_moments_in_different_zones_are_compared_as_moments() -> None:
    values = ["2026-01-05T10:00:00Z", "2026-01-05T12:00:00+05:30"]
    found = _run({"columns": {"at": values}})["columns"]["at"]
    assert (found["min"], found["max"]) == (
        "2026-01-05T06:30:00+00:00",
        "2026-01-05T10:00:00+00:00",
    )


def test_nested_and_mixed_values_are_counted_by_what_they_are() -> None:
    found = _run({"columns": {"n": [{"a": 1}, {"a": 1}, [2]], "m": [1, "1", True]}})["columns"]

    assert (found["n"]["unique"], found["n"]["top"], found["n"]["freq"]) == (2, {"a": 1}, 2)
    assert found["m"]["unique"] == 3


@pytest.mark.parametrize("data", [[], {}, [{}, {}]])
def test_a_table_without_columns_is_described_as_such(data: Any) -> None:
    for operation in ("describe", "summary", "clean"):
        found = _run({"data": data, "operation": operation})
        assert found["rows"] == len(data)
        assert not found["columns"]


# summary


def test_summary_tells_shape_types_gaps_and_examples() -> None:
    found = _run({"data": RECORDS}, {"operation": "summary"})

    assert (found["operation"], found["rows"], found["shape"], found["missing"]) == (
        "summary", 3, [3, 4], 2,
    )  # fmt: skip
    assert found["columns"]["name"] == {
        "type": "text", "missing": 0, "distinct": 2, "examples": ["Ada", "Bob"],
    }  # fmt: skip


def test_summary_shows_three_examples_and_cuts_long_ones() -> None:
    found = _run({"columns": {"a": ["x" * 500, "b", "b", "c", "d"]}, "operation": "summary"})
    examples = found["columns"]["a"]["examples"]
    assert [len(text) for text in examples] == [101, 1, 1]


# CSV


def test_csv_of_a_spreadsheet_is_understood() -> None:
    csv = '\ufeffid; price;note\r\n00123;1.5;"two\nlines; one cell"\r\n\r\n00007;2;\r\n'

    assert _clean(csv)["records"] == [
        {"id": "00123", "price": 1.5, "note": "two\nlines; one cell"},
        {"id": "00007", "price": 2, "note": None},
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    csv = "\n".join(delimiter.join(row) for row in (["a", "b"], ["1", "x y"], ["2", "z"]))
    assert _clean(csv)["records"] == [{"a": 1, "b": "x y"}, {"a": 2, "b": "z"}]


def test_decimal_commas_are_read_when_asked_for() -> None:
    given = {"operation": "clean", "csv": "a;b\n1,5;1.000,5\n-2;3\n", "decimal": ","}
    assert _run(given)["records"] == [{"a": 1.5, "b": "1.000,5"}, {"a": -2, "b": "3"}]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("0", 0), ("-7", -7), ("1.50", 1.5), (".5", 0.5), ("1e3", 1000.0), (" 12 ", 12),
        ("TRUE", True), ("007", "007"), ("+49 30", "+49 30"), ("1_000", "1_000"),
        ("Infinity", "Infinity"), ("1e999", "1e999"), ("٣", "٣"), ("0x1F", "0x1F"),
        ("9007199254740993", "9007199254740993"),
        ("0.12345678901234567890123", "0.12345678901234567890123"),
    ],
)  # fmt: skip
def test_a_csv_cell_is_a_number_only_if_it_stays_the_same(cell: str, value: Any) -> None:
    assert _clean(f"a,b\n{cell},x\n")["records"][0]["a"] == value


def test_exact_decimals_are_described_in_full() -> None:
    found = _run({"csv": "a,b\n0.12345678901234567890123,1\n2,1\n"})["columns"]["a"]
    assert (found["type"], found["min"], found["max"]) == (
        "decimal",
        "0.12345678901234567890123",
        2,
    )


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n"])
def test_empty_csv_is_refused(text: str) -> None:
    assert "input_data.csv is empty; expected CSV text" in _error({"csv": text})


def test_csv_of_a_header_alone_has_no_rows() -> None:
    found = _run({"csv": "a,b\n"})
    assert found["rows"] == 0
    assert found["columns"]["a"] == {"type": "empty", "count": 0, "missing": 0}


def test_a_nameless_csv_column_is_numbered() -> None:
    assert _clean(",a\n0,x\n")["columns"] == ["column_1", "a"]


@pytest.mark.parametrize(
    ("csv", "expected"),
    [
        ("a,b,a\n1,2,3\n", "input_data.csv: the first row names 'a' more than once"),
        ("a,b\n1,2\n3\n", "input_data.csv, line 3: 1 cells, but the first row names 2"),
        ('a,b\n"open,1\n', "input_data.csv, line 2: not readable as CSV"),
        ("a,b\n" + "x" * 200_000 + ",1\n", "field larger than field limit"),
    ],
)
def test_damaged_csv_is_refused_with_its_line(csv: str, expected: str) -> None:
    assert expected in _error({"csv": csv})


@pytest.mark.parametrize("text", ["/etc/passwd", "http://127.0.0.1:9/x.csv", "file:///etc/passwd"])
def test_a_path_or_address_is_text_and_nothing_is_opened(text: str) -> None:
    assert _run({"csv": text}) == {
        "operation": "describe",
        "rows": 0,
        "columns": {text: {"type": "empty", "count": 0, "missing": 0}},
    }


# clean


def test_clean_strips_and_drops_empty_and_duplicate_rows_by_default() -> None:
    found = _clean([{"a": " x ", "n": 1}, {"a": "x", "n": 1}, {"a": "  ", "n": None}, {"a": "y"}])

    assert found["records"] == [{"a": "x", "n": 1}, {"a": "y", "n": None}]
    assert found["columns"] == ["a", "n"]
    assert found["rows"] == 2
    assert found["report"] == {
        "rows_before": 4, "rows_after": 2, "stripped": {"a": 2}, "converted": {},
        "unconvertible": {}, "filled": {}, "dropped_missing": 1, "dropped_duplicates": 1,
    }  # fmt: skip


def test_integers_beside_missing_cells_and_floats_stay_as_they_were() -> None:
    rows = [{"i": 1, "f": 1.0, "big": 2**60 + 1}, {"i": None, "f": None, "big": None}]
    outcome = _outcome({"operation": "clean", "data": rows, "clean": {"drop_missing": "no"}})
    assert '"records":[{"i":1,"f":1.0,"big":"1152921504606846977"}' in outcome.output


def test_clean_fills_with_values_and_statistics() -> None:
    data = {"n": [1, None, 4], "m": ["x", "x", None], "k": [None, None, True], "e": [None] * 3}
    found = _clean(
        data,
        fill={"k": False},
        fill_with={"n": "mean", "m": "mode", "e": "median"},
    )

    assert [row["n"] for row in found["records"]] == [1, 2.5, 4]
    assert [row["m"] for row in found["records"]] == ["x", "x", "x"]
    assert [row["k"] for row in found["records"]] == [False, False, True]
    assert found["report"]["filled"] == {"k": 2, "n": 1, "m": 1}


@pytest.mark.parametrize(
    ("target", "values", "expected"),
    [
        ("integer", ["7", 2.0, True], [7, 2, 1]),
        ("number", ["1.5", 2, "3"], [1.5, 2, 3]),
        ("text", [1, True, "x"], ["1", "true", "x"]),
        ("boolean", ["yes", 0, "TRUE"], [True, False, True]),
        ("date", ["2026-01-05T10:00:00", "2026-01-06"], ["2026-01-05", "2026-01-06"]),
        ("datetime", ["2026-01-05"], ["2026-01-05T00:00:00"]),
    ],
)
def test_clean_converts_types(target: str, values: list[Any], expected: list[Any]) -> None:
    found = _clean({"c": values}, convert={"c": target}, drop_duplicates=False)
    assert [row["c"] for row in found["records"]] == expected


def test_dates_in_another_notation_are_converted_with_their_format() -> None:
    found = _clean({"c": ["05.01.2026"]}, convert={"c": "date"}, date_format="%d.%m.%Y")
    assert found["records"] == [{"c": "2026-01-05"}]


def test_a_value_that_cannot_be_converted_fails_or_is_missing_as_chosen() -> None:
    data = {"c": ["1", "two", "3"]}
    options = {"convert": {"c": "integer"}}

    error = _error({"operation": "clean", "data": data, "clean": options})
    assert """Row 2 of column 'c' holds "two", which is no integer""" in error

    found = _clean(data, **options, on_error="null", drop_missing="no")
    assert [row["c"] for row in found["records"]] == [1, None, 3]
    assert (found["report"]["converted"], found["report"]["unconvertible"]) == ({"c": 2}, {"c": 1})


def test_rows_are_dropped_by_the_columns_named() -> None:
    data = {"id": [1, 1, 2], "x": ["a", "b", None]}

    assert _clean(data, duplicates_by=["id"], drop_missing="no")["records"] == [
        {"id": 1, "x": "a"}, {"id": 2, "x": None},
    ]  # fmt: skip
    assert _clean(data, drop_missing="any", drop_missing_in=["x"])["rows"] == 2


def test_true_and_one_are_no_duplicates() -> None:
    assert _clean({"a": [1, True, [1], [1]]})["rows"] == 3


def test_clean_refuses_a_column_it_does_not_have_and_names_the_option() -> None:
    error = _error({"operation": "clean", "data": {"a": [1]}, "clean": {"fill": {"b": 0}}})
    assert "clean.fill names the column 'b'" in error
    assert "'a'" in error


def test_the_mean_of_text_is_refused() -> None:
    options = {"fill_with": {"a": "mean"}}
    assert "the mean of column 'a', which holds text" in _error(
        {"operation": "clean", "data": {"a": ["x", None]}, "clean": options}
    )


# refusals


@pytest.mark.parametrize(
    ("input_data", "expected"),
    [
        ({}, "Expected exactly one of data, records, columns and csv; got none"),
        ({"data": None}, "got none"),
        ({"data": [], "csv": "a\n1"}, "got data and csv"),
        ({"data": 5}, "input_data.data is a number; expected records, columns or CSV text"),
        ({"data": [{"a": 1}, 5]}, "input_data.data.1 is a number; expected an object"),
        ({"records": {"a": [1]}}, "input_data.records is an object; expected a list of objects"),
        ({"columns": [1]}, "input_data.columns is a list; expected an object of lists"),
        ({"columns": {"a": 1}}, "input_data.columns.a is a number; expected a list"),
        (
            {"columns": {"a": [1], "b": [1, 2]}},
            "input_data.columns.b has 2 values, but input_data.columns.a has 1",
        ),
        ({"csv": [1]}, "input_data.csv is a list; expected CSV text"),
        ({"data": [], "operation": "eval"}, "input_data.operation"),
        ({"data": [], "clean": {"drop": 1}}, "input_data.clean.drop"),
        ({"columns": {"a": [float("inf")]}}, "input_data.columns.a holds Infinity"),
    ],
)
def test_unusable_input_is_refused_with_the_path_and_what_was_expected(
    input_data: Any, expected: str
) -> None:
    assert expected in _error(input_data)


@pytest.mark.parametrize(
    ("config", "what"),
    [({"max_rows": 2}, "3 rows"), ({"max_columns": 1}, "2 columns"), ({"max_cells": 5}, "6 cells")],
)
@pytest.mark.parametrize(
    "data",
    [{"a": [1, 2, 3], "b": [1, 2, 3]}, [{"a": 1, "b": 2}] * 3, "a,b\n1,2\n3,4\n5,6\n"],
)
def test_a_table_over_the_modules_limit_is_refused(config: Any, what: str, data: Any) -> None:
    error = _error({"data": data}, config)
    assert what in error
    assert f"raise {next(iter(config))}" in error


def test_nan_from_python_callers_is_missing() -> None:
    found = _run({"columns": {"a": [1.0, float("nan")]}})["columns"]["a"]
    assert (found["count"], found["missing"], found["max"]) == (1, 1, 1.0)


def test_the_module_imports_without_pandas_and_preload_brings_it() -> None:
    code = (
        "import sys, agents.data as d; assert 'pandas' not in sys.modules;"
        "d.DataAgent.Input.model_json_schema(); d.DataAgent.preload();"
        "assert 'pandas' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_hundred_thousand_rows_are_described_in_seconds() -> None:
    columns = {"i": list(range(100_000)), "t": [f"t{i % 7}" for i in range(100_000)]}
    started = time.monotonic()
    assert _run({"columns": columns})["columns"]["t"]["unique"] == 7
    assert time.monotonic() - started < 5


def test_what_other_programs_write_for_missing_is_missing_in_csv() -> None:
    output = _run({"csv": "mass,sex\n3750,male\nNA,NA\n3250,female"})
    assert output["columns"]["mass"]["count"] == 2
    assert output["columns"]["sex"]["count"] == 2


def test_the_caller_says_what_is_missing() -> None:
    output = _run({"csv": "country\nNA\nDE\n-", "missing": ["-"]})
    assert output["columns"]["country"]["count"] == 2
    assert output["columns"]["country"]["missing"] == 1
