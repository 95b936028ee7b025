"""Schemas for extract: which are accepted, and what fits them."""

import time
from typing import Any

import pytest

from agents.chat.json_fit import MAX_FAULTS, faults
from agents.chat.json_schema import SchemaFault, accepted, is_strict


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = _object(a=schema)
    return schema


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ([], "Expected a JSON Schema, which is an object."),
        ({"type": "array"}, 'type: Expected "object"'),
        ({}, 'type: Expected "object"'),
        (_object(a={"type": "text"}), "properties.a.type: Expected one or some of string"),
        (_object(a={"type": []}), "properties.a.type: Expected one or some"),
        (_object(a={"pattern": "(a+)+$"}), "properties.a.pattern: pattern is not supported"),
        (
            {"type": "object", "patternProperties": {"x": {}}},
            "'patternProperties' is not supported",
        ),
        (_object(a={"allOf": [{}]}), "'allOf' is not supported"),
        (_object(a="string"), "properties.a: Expected a schema"),
        ({"type": "object", "properties": ["a"]}, "properties: Expected an object of schemas"),
        (_object(a={"items": [{}]}), "properties.a.items: Expected a schema"),
        (_object(a={"anyOf": []}), "properties.a.anyOf: Expected a list of schemas"),
        (_object(a={"enum": []}), "properties.a.enum: Expected a list of values"),
        (_object(a={"minLength": -1}), "properties.a.minLength: Expected a whole number"),
        (_object(a={"maximum": "9"}), "properties.a.maximum: Expected a number"),
        (_object(a={"maximum": True}), "properties.a.maximum: Expected a number"),
        ({"type": "object", "required": "a"}, "required: Expected a list of names"),
        (_object(a={"$ref": "https://evil.example/x.json"}), "nothing else is looked up"),
        (_object(a={"$ref": "#/$defs/x"}), "There is no #/$defs/x"),
        (_object(a={"$ref": "#"}), "nothing else is looked up"),
        (_object(a={"$ref": 5}), "nothing else is looked up"),
        (_deep(40), "nested 16 deep"),
        (_deep(2000), "nested deeper than"),
        (_object(**{f"p{n}": {"type": "string"} for n in range(2001)}), "at most 2,000 schemas"),
        (_object(a={"description": "x" * 64_000}), "at most 64,000 bytes"),
        (_object(a={"default": float("nan")}), "finite"),
    ],
)
def test_a_schema_outside_the_subset_is_refused_with_its_path(schema: Any, expected: str) -> None:
    with pytest.raises(SchemaFault) as fault:
        accepted(schema)
    assert expected in str(fault.value)


def test_references_are_put_in_place() -> None:
    schema = _object(home={"$ref": "#/$defs/Town"}, work={"$ref": "#/$defs/Town"})
    town = _object(name={"$ref": "#/$defs/Name"})
    schema["$defs"] = {"Town": town, "Name": {"type": "string"}}
    put = _object(name={"type": "string"})
    assert accepted(schema) == _object(home=put, work=put)


def test_recursion_is_refused_and_doubling_is_bounded() -> None:
    node = _object(next={"$ref": "#/$defs/Node"})
    with pytest.raises(SchemaFault, match="contains itself"):
        accepted(_object(a={"$ref": "#/$defs/Node"}) | {"$defs": {"Node": node}})

    twice = {
        f"d{n}": _object(a={"$ref": f"#/$defs/d{n + 1}"}, b={"$ref": f"#/$defs/d{n + 1}"})
        for n in range(14)
    }
    started = time.monotonic()
    with pytest.raises(SchemaFault, match=r"at most 2,000 schemas"):
        accepted(_object(a={"$ref": "#/$defs/d0"}) | {"$defs": twice | {"d14": {}}})
    assert time.monotonic() - started < 5


PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "age": {"type": ["integer", "null"], "minimum": 0, "exclusiveMaximum": 150},
        "tags": {"type": "array", "items": {"enum": ["a", 1]}, "minItems": 1, "maxItems": 2},
        "score": {"anyOf": [{"type": "number"}, {"const": "none"}]},
        "more": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "value",
    [
        {"name": "Ada"}, {"name": "Ada", "age": None}, {"name": "Ada", "age": 36.0},
        {"name": "Ada", "tags": ["a", 1]}, {"name": "Ada", "score": 0.5},
        {"name": "Ada", "score": "none", "more": {"x": True}},
    ],
)  # fmt: skip
def test_what_fits(value: Any) -> None:
    assert faults(value, accepted(PERSON), "data") == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], "data: expected object, got array"),
        ({}, "data.name: is missing"),
        ({"name": ""}, "data.name: expected at least 1 characters"),
        ({"name": "Lovelace"}, "data.name: expected at most 5 characters"),
        ({"name": "Ada", "age": True}, "data.age: expected integer or null, got boolean"),
        ({"name": "Ada", "age": 1.5}, "data.age: expected integer or null, got number"),
        ({"name": "Ada", "age": -1}, "data.age: expected at least 0"),
        ({"name": "Ada", "age": 150}, "data.age: expected less than 150"),
        ({"name": "Ada", "tags": []}, "data.tags: expected at least 1 items"),
        ({"name": "Ada", "tags": ["a", True]}, "data.tags.1: expected one of the schema's 2"),
        ({"name": "Ada", "score": "high"}, "data.score: fits none of the 2 alternatives"),
        ({"name": "Ada", "more": {"x": 1}}, "data.more.x: expected boolean, got integer"),
        ({"name": "Ada", "other": 1}, "data.other: is not in the schema"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(value: Any, expected: str) -> None:
    (fault,) = faults(value, accepted(PERSON), "data")
    assert fault.startswith(expected)


def test_only_the_first_faults_are_listed() -> None:
    value = {"name": "Ada", "tags": ["z"] * 1000}
    assert len(faults(value, accepted(PERSON), "data")) == MAX_FAULTS


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (PERSON, False),
        (_object(a={"type": "string"}), False),
        (_object(a={"type": "string"}) | {"required": ["a"], "additionalProperties": False}, True),
        (
            _object(a={"type": "array", "items": _object(b={"type": "string"})})
            | {"required": ["a"], "additionalProperties": False},
            False,
        ),
    ],
)
def test_strict_is_promised_only_for_closed_schemas(schema: Any, strict: bool) -> None:
    assert is_strict(accepted(schema)) is strict
