"""agents.encoding: what an agent returns is strict JSON that a JavaScript reader gets right."""

import datetime as dt
import json
import uuid
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agents.encoding import MAX_SAFE_INTEGER, to_json
from agents.errors import InvalidOutput

SAFE_INTEGERS = st.integers(min_value=-MAX_SAFE_INTEGER, max_value=MAX_SAFE_INTEGER)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
SCALARS = (
    st.none() | st.booleans() | SAFE_INTEGERS | TEXT | st.floats(allow_nan=False, width=64).filter(
        lambda number: abs(number) != float("inf")
    )
)  # fmt: skip
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def _refuse_constant(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")


@given(JSON_VALUES)
def test_any_json_value_comes_back_unchanged(value: Any) -> None:
    assert json.loads(to_json(value), parse_constant=_refuse_constant) == value


@given(st.integers(min_value=MAX_SAFE_INTEGER + 1) | st.integers(max_value=-MAX_SAFE_INTEGER - 1))
def test_integers_that_javascript_would_round_become_text(number: int) -> None:
    assert json.loads(to_json({"n": number})) == {"n": str(number)}


@pytest.mark.parametrize("number", [MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER])
def test_the_largest_safe_integers_stay_numbers(number: int) -> None:
    assert to_json(number) == str(number)


@given(JSON_VALUES, st.sampled_from([float("nan"), float("inf"), float("-inf")]))
def test_numbers_that_are_not_finite_are_refused_with_their_path(value: Any, bad: float) -> None:
    with pytest.raises(InvalidOutput, match=r"\$\.rows\[1\]\.mean"):
        to_json({"rows": [value, {"mean": bad}]})


@given(TEXT, st.sampled_from(["\x00", "\ud800", "\udfff"]), TEXT)
def test_text_that_cannot_be_stored_is_refused_as_value_and_as_key(
    before: str, bad: str, after: str
) -> None:
    text = before + bad + after
    for value in (text, [text], {text: 1}, {"a": {"b": text}}):
        with pytest.raises(InvalidOutput, match="NUL character or a lone surrogate"):
            to_json(value)


def test_dates_decimals_and_ids_become_text() -> None:
    found = to_json(
        {
            "at": dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
            "on": dt.date(2026, 1, 2),
            "price": Decimal("0.10"),
            "id": uuid.UUID(int=1),
        }
    )
    assert json.loads(found) == {
        "at": "2026-01-02T03:04:05+00:00",
        "on": "2026-01-02",
        "price": "0.10",
        "id": "00000000-0000-0000-0000-000000000001",
    }


def test_models_enums_tuples_and_sets_are_understood() -> None:
    class Colour(Enum):
        RED = "red"

    class Point(BaseModel):
        x: int

    found = json.loads(to_json({"m": Point(x=1), "e": Colour.RED, "t": (1, 2), "s": {3}}))
    assert found == {"m": {"x": 1}, "e": "red", "t": [1, 2], "s": [3]}


def test_an_object_json_cannot_express_is_refused_with_type_and_path() -> None:
    with pytest.raises(InvalidOutput, match=r"holds a object at \$\.a\[0\]"):
        to_json({"a": [object()]})


def test_endless_nesting_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(InvalidOutput, match="nested deeper"):
        to_json(loop)
