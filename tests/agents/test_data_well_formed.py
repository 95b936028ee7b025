"""Pipelines whose steps fit each other's form, on numbers, dates, integers and texts at their
edges: most of them complete, and what they give is strict JSON."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agents.data_runs import outcome

FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e308, 5e-324, -0.0])
MOMENTS = st.datetimes(timezones=st.timezones() | st.none()).map(lambda at: at.isoformat()[:19])
COLUMNS = {
    "number": FLOATS | st.integers() | st.none(),
    "small": st.integers(-3, 3) | st.none(),
    "at": MOMENTS | st.none(),
    "text": st.sampled_from(["", "ä", "Ab", "ab", "日本", "7"]) | st.none(),
    "any": st.none() | st.booleans() | st.integers(-1, 1) | st.just("x") | st.just([1]),
}
TABLES = st.integers(0, 6).flatmap(
    lambda n: st.fixed_dictionaries(
        {name: st.lists(cells, min_size=n, max_size=n) for name, cells in COLUMNS.items()}
    )
)
NAME = st.sampled_from(list(COLUMNS))
NUMBER = st.sampled_from(["number", "small"])
COMPARE = st.one_of(
    st.builds(
        lambda column, order, value: {"column": column, "is": order, "value": value},
        NUMBER, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), FLOATS | st.integers(),
    ),
    st.builds(
        lambda order, value: {"column": "text", "is": order, "value": value, "ignore_case": True},
        st.sampled_from(["=", "<", "contains", "starts_with", "ends_with"]), st.text(max_size=2),
    ),
    st.builds(
        lambda column, other: {"column": column, "is": "<", "other_column": other}, NAME, NAME
    ),
    st.builds(lambda column: {"column": column, "is": "missing"}, NAME),
)  # fmt: skip
CONDITION = st.recursive(
    COMPARE,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda c: {"all": c})
        | st.lists(inner, min_size=1, max_size=3).map(lambda c: {"any": c})
        | inner.map(lambda c: {"not": c})
    ),
    max_leaves=4,
)
OPERAND = NAME | FLOATS | st.integers() | st.text(max_size=3).map(lambda text: {"value": text})
BY_ARITY = {
    1: ["negate", "absolute", "round", "floor", "ceil", "square_root", "upper", "lower",
        "strip", "length", "concat", "coalesce", "year", "month", "weekday", "hour", "date"],
    2: ["add", "subtract", "multiply", "divide", "floor_divide", "modulo", "power", "round",
        "slice", "minimum", "maximum", "days_between", "pad_left", "pad_right"],
    3: ["replace", "split", "slice", "add", "concat"],
}  # fmt: skip
CALL = st.sampled_from([1, 2, 3]).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            "function": st.sampled_from(BY_ARITY[n]),
            "of": st.lists(OPERAND, min_size=n, max_size=n),
        }
    )
)
AGGREGATE = st.fixed_dictionaries(
    {
        "total": st.builds(
            lambda function, column: {"function": function, "column": column},
            st.sampled_from(["sum", "mean", "median", "std", "min", "max"]), NUMBER,
        ),
        "other": st.builds(
            lambda function, column: {"function": function, "column": column},
            st.sampled_from(["count", "first", "last", "distinct", "mode", "max"]), NAME,
        ),
    }
)  # fmt: skip
DERIVED = st.builds(
    lambda call, column: {"op": "derive", "column": column, "on_error": "null", **call},
    CALL, st.just("new") | NAME,
)  # fmt: skip
RESAMPLED = st.builds(
    lambda unit, every, zone, aggregate: {
        "op": "resample", "column": "at", "unit": unit, "every": every, "timezone": zone,
        "aggregate": aggregate, "gaps": "skip",
    },
    st.sampled_from(["minute", "hour", "day", "week", "month", "quarter", "year"]),
    st.sampled_from([1, 2]), st.timezone_keys(), AGGREGATE,
)  # fmt: skip
CHART = st.builds(
    lambda kind, x, y: {"op": "chart", "kind": kind, "x": x, "y": [] if kind == "histogram" else y},
    st.sampled_from(["bar", "line", "scatter", "histogram"]), NUMBER | st.just("at"),
    st.lists(NUMBER, min_size=1, max_size=2),
)  # fmt: skip
STEPS = st.one_of(
    CONDITION.map(lambda where: {"op": "filter", "where": where}),
    DERIVED,
    st.builds(lambda step, where: {**step, "where": where}, DERIVED, CONDITION),
    st.lists(NAME, min_size=1, max_size=3).map(lambda by: {"op": "sort", "by": by}),
    st.builds(lambda n, by: {"op": "top", "n": n, "by": by}, st.integers(1, 3), NAME),
    st.builds(
        lambda by, aggregate: {"op": "group", "by": by, "aggregate": aggregate},
        st.lists(NAME, max_size=2, unique=True), AGGREGATE,
    ),
    NAME.map(lambda name: {"op": "pivot", "index": [name], "columns": "small", "values": "number"}),
    st.sampled_from([{"op": "unpivot", "keep": ["at"]}, {"op": "describe"}, {"op": "summary"}]),
    RESAMPLED,
    CHART,
    NAME.map(lambda name: {"op": "join", "with": "again", "on": [name], "how": "outer"}),
    st.sampled_from(["drop", "mark", "clip"]).map(lambda how: {"op": "outliers", "action": how}),
)  # fmt: skip


@given(TABLES, st.lists(STEPS, min_size=1, max_size=3))
@settings(deadline=None, max_examples=300)
def test_steps_that_fit_give_strict_json(data: Any, steps: list[Any]) -> None:
    found = outcome({"data": data, "tables": {"again": data}, "pipeline": steps})
    assert found.code in ("", "invalid_input"), found
    if found.status == "completed":
        output = json.loads(found.output, parse_constant=_refuse_constant)
        assert len(output["data"]) == output["rows"]
        assert [step["op"] for step in output["steps"]] == [step["op"] for step in steps]


def _refuse_constant(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")
