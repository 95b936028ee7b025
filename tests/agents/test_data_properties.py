"""Any small table: filter, sort, group and join agree with plain Python, and no garbage of a
pipeline gives anything but strict JSON or a readable refusal."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agents.data_runs import after, outcome, run

NUMBERS = st.integers(-5, 5) | st.sampled_from([0.5, -1.5, 2.0, 2**60])
ROWS = st.lists(
    st.fixed_dictionaries(
        {"n": st.none() | NUMBERS, "k": st.sampled_from(["a", "b", "Ä", None]), "i": st.integers()}
    ),
    max_size=12,
)
ORDERS = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b, "=": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def _sent(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As they come back: integers that JavaScript would round are text."""
    return [
        {k: str(v) if isinstance(v, int) and abs(v) > 2**53 - 1 else v for k, v in row.items()}
        for row in rows
    ]


@given(ROWS, st.sampled_from(list(ORDERS)), NUMBERS)
@settings(deadline=None, max_examples=60)
def test_filter_agrees_with_plain_python(
    rows: list[dict[str, Any]], order: str, value: Any
) -> None:
    where = {"column": "n", "is": order, "value": value}
    expected = [r for r in rows if r["n"] is not None and ORDERS[order](r["n"], value)]
    given = rows or {"n": [], "k": [], "i": []}
    assert after(given, {"op": "filter", "where": where}) == _sent(expected)


@given(ROWS, st.booleans())
@settings(deadline=None, max_examples=60)
def test_sort_agrees_with_plain_python(rows: list[dict[str, Any]], descending: bool) -> None:
    present = [row for row in rows if row["n"] is not None]
    missing = [row for row in rows if row["n"] is None]
    present.sort(key=lambda row: row["n"], reverse=descending)
    key = {"column": "n", "order": "desc" if descending else "asc"}
    found = after(rows or {"n": []}, {"op": "sort", "by": [key]})
    assert found == _sent(present + missing)


@given(ROWS)
@settings(deadline=None, max_examples=60)
def test_group_agrees_with_plain_python(rows: list[dict[str, Any]]) -> None:
    expected: dict[Any, list[Any]] = {}
    for row in rows:
        expected.setdefault(row["k"], []).append(row["n"])
    step = {
        "op": "group", "by": ["k"],
        "aggregate": {
            "rows": {"function": "count"}, "most": {"function": "max", "column": "n"},
            "distinct": {"function": "distinct", "column": "n"},
        },
    }  # fmt: skip
    found = after(rows or {"k": [], "n": []}, step)
    assert found == _sent(
        [
            {
                "k": k, "rows": len(values),
                "most": max((v for v in values if v is not None), default=None),
                "distinct": len({v for v in values if v is not None}),
            }
            for k, values in expected.items()
        ]
    )  # fmt: skip


@given(ROWS, ROWS)
@settings(deadline=None, max_examples=40)
def test_an_inner_join_agrees_with_plain_python(
    left: list[dict[str, Any]], right: list[dict[str, Any]]
) -> None:
    expected = [
        (a["i"], b["i"]) for a in left for b in right if a["n"] is not None and a["n"] == b["n"]
    ]
    columns = {"n": [], "k": [], "i": []}
    found = run(
        {
            "data": left or columns, "tables": {"r": right or columns},
            "pipeline": [{"op": "join", "with": "r", "on": ["n"]}],
        }
    )  # fmt: skip
    sent = [(str(r["i"]), str(r["i_right"])) for r in found["data"]]
    assert sent == [(str(a), str(b)) for a, b in expected]


CELLS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", " x", "7", "2026-01-05", "2026-03-29T02:30:00", "2026-01-05T10:00:00Z"])
    | st.sampled_from(["0001-01-01", "9999-12-31T23:59:59+00:00", 1e308, 5e-324, 10**400])
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
    | st.lists(st.integers(), max_size=2) | st.dictionaries(st.text("ab"), st.none(), max_size=2)
)  # fmt: skip
TABLES = st.one_of(
    st.lists(st.dictionaries(st.sampled_from("abc"), CELLS), max_size=6),
    st.integers(0, 5).flatmap(
        lambda n: st.fixed_dictionaries(
            {name: st.lists(CELLS, min_size=n, max_size=n) for name in "abc"}
        )
    ),
    st.integers(1, 5).flatmap(
        lambda n: st.fixed_dictionaries(
            {
                "a": st.lists(st.none() | st.floats(-1e200, 1e200), min_size=n, max_size=n),
                "b": st.lists(st.datetimes().map(str), min_size=n, max_size=n),
                "c": st.lists(st.integers(-3, 3), min_size=n, max_size=n),
            }
        )
    ),
)
NAME = st.sampled_from("abcd")
VALUE = CELLS | NAME
TEST = st.sampled_from(
    ["=", "!=", "<", ">=", "between", "in", "contains", "starts_with", "missing", "present"]
)
CONDITION = st.recursive(
    st.fixed_dictionaries(
        {"column": NAME, "is": TEST},
        optional={
            "value": VALUE, "values": st.lists(VALUE, max_size=3), "other_column": NAME,
            "ignore_case": st.booleans(),
        },
    ),
    lambda inner: st.builds(lambda c: {"all": c}, st.lists(inner, max_size=2))
    | st.builds(lambda c: {"not": c}, inner),
    max_leaves=3,
)  # fmt: skip
FUNCTION = st.sampled_from(
    ["add", "divide", "power", "round", "modulo", "square_root", "concat", "slice", "pad_left",
     "split", "year", "weekday", "days_between", "coalesce", "minimum", "replace", "floor"]
)  # fmt: skip
CALL = st.fixed_dictionaries(
    {"function": FUNCTION, "of": st.lists(VALUE | CELLS.map(lambda v: {"value": v}), max_size=3)}
)
STATISTIC = st.sampled_from(["count", "sum", "mean", "median", "min", "std", "last", "mode"])
AGGREGATE = st.dictionaries(
    st.sampled_from("xya"),
    st.fixed_dictionaries({"function": STATISTIC, "column": NAME}),
    max_size=2,
)


def _step(op: str, required: dict[str, Any], **optional: Any) -> Any:
    fields = {"op": st.just(op), **required}
    return st.fixed_dictionaries(fields, optional=optional)


STEPS = st.one_of(
    _step("filter", {"where": CONDITION}),
    _step(
        "derive", {"column": NAME, "function": FUNCTION, "of": st.lists(VALUE | CALL, max_size=3)},
        where=CONDITION, on_error=st.sampled_from(["fail", "null"]), otherwise=VALUE,
    ),
    _step("sort", {"by": st.lists(NAME, max_size=2)}, missing=st.just("first")),
    _step("top", {"n": st.integers(-1, 3), "by": NAME}),
    _step("group", {"aggregate": AGGREGATE}, by=st.lists(NAME, max_size=2)),
    _step("pivot", {"index": st.lists(NAME, max_size=2), "columns": NAME, "values": NAME},
          function=STATISTIC),
    _step("unpivot", {}, keep=st.lists(NAME, max_size=2)),
    _step(
        "resample", {"column": NAME, "unit": st.sampled_from(["minute", "hour", "week", "year"]),
                     "aggregate": AGGREGATE},
        every=st.integers(0, 12), gaps=st.sampled_from(["skip", "keep"]),
        timezone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "x", "../a", "\0"]),
    ),
    _step("join", {"with": st.sampled_from(["t", "u"]), "on": st.lists(NAME, max_size=2)},
          how=st.sampled_from(["inner", "left", "right", "outer", "semi", "anti"])),
    _step("append", {"with": st.just("t")}),
    _step("outliers", {}, method=st.just("zscore"),
          action=st.sampled_from(["drop", "mark", "clip"])),
    _step("validate", {"columns": st.dictionaries(NAME, st.fixed_dictionaries({}, optional={
        "type": st.sampled_from(["integer", "date"]), "minimum": CELLS, "unique": st.booleans(),
        "one_of": st.lists(CELLS, max_size=2)}), max_size=2)}),
    _step("chart", {"kind": st.sampled_from(["bar", "line", "scatter", "histogram"]),
                    "x": NAME},
          y=st.lists(NAME, max_size=2), title=st.text(max_size=5)),
    _step("clean", {},
          convert=st.dictionaries(NAME, st.sampled_from(["number", "date"]), max_size=2),
          on_error=st.just("null")),
    st.sampled_from([{"op": "describe"}, {"op": "summary"}, {"op": "sample", "n": 2}]),
    st.dictionaries(
        st.sampled_from(["op", "where"]), CELLS | st.lists(CELLS, max_size=1), max_size=2
    ),
)  # fmt: skip


@given(TABLES, st.lists(STEPS, min_size=1, max_size=4))
@settings(deadline=None, max_examples=400)
def test_any_pipeline_gives_strict_json_or_a_readable_refusal(data: Any, steps: list[Any]) -> None:
    given = {"data": data, "tables": {"t": {"a": [1, None], "z": ["x", "y"]}}, "pipeline": steps}
    found = outcome(given, {"max_rows": 5_000})
    assert found.code in ("", "invalid_input", "invalid_output"), found
    if found.code == "invalid_output":  # only a NUL or a lone surrogate of the input's own
        assert "cannot be stored" in found.error, found
    if found.status == "completed":
        output = json.loads(found.output, parse_constant=_refuse_constant)
        assert len(output["data"]) == output["rows"]


def _refuse_constant(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")
