"""Whether a value fits a schema that `json_schema.accepted` has read, and where it does not.

Written here because the product has no JSON Schema library, and the subset has neither patterns nor
recursion: the work is bounded by the schema's size and the value's. Called by `structured`.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

MAX_FAULTS = 10


def faults(value: Any, schema: dict[str, Any], root: str) -> list[str]:
    """`["data.items.0.price: expected number, got string", …]`, the first ten; empty when it fits.
    The values themselves are not shown."""
    return list(islice(_faults(value, schema, root), MAX_FAULTS))


def _faults(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    kinds = schema.get("type")
    if kinds is not None and not _is_of(value, kinds if isinstance(kinds, list) else [kinds]):
        named = " or ".join(kinds) if isinstance(kinds, list) else kinds
        yield f"{path}: expected {named}, got {_kind(value)}"
        return
    if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        yield f"{path}: expected one of the schema's {len(schema['enum'])} values"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{path}: expected the schema's constant"
    if "anyOf" in schema and all(any(_faults(value, each, path)) for each in schema["anyOf"]):
        yield f"{path}: fits none of the {len(schema['anyOf'])} alternatives"
    yield from _own_faults(value, schema, path)


def _own_faults(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _object_faults(value, schema, path)
    elif isinstance(value, list):
        yield from _bounds(len(value), schema, path, _ITEM_BOUNDS)
        for index, item in enumerate(value):
            yield from _faults(item, schema.get("items", {}), f"{path}.{index}")
    elif isinstance(value, str):
        yield from _bounds(len(value), schema, path, _TEXT_BOUNDS)
    elif _is_number(value):
        yield from _bounds(value, schema, path, _NUMBER_BOUNDS)


def _object_faults(value: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name}: is missing"
    others = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name in properties:
            yield from _faults(item, properties[name], f"{path}.{name}")
        elif others is False:
            yield f"{path}.{name[:50]}: is not in the schema"
        elif isinstance(others, dict):
            yield from _faults(item, others, f"{path}.{name[:50]}")


_Bound = tuple[str, str, Callable[[Any, Any], bool]]
_TEXT_BOUNDS: tuple[_Bound, ...] = (
    ("minLength", "at least {} characters", lambda size, bound: size >= bound),
    ("maxLength", "at most {} characters", lambda size, bound: size <= bound),
)
_ITEM_BOUNDS: tuple[_Bound, ...] = (
    ("minItems", "at least {} items", lambda size, bound: size >= bound),
    ("maxItems", "at most {} items", lambda size, bound: size <= bound),
)
_NUMBER_BOUNDS: tuple[_Bound, ...] = (
    ("minimum", "at least {}", lambda value, bound: value >= bound),
    ("maximum", "at most {}", lambda value, bound: value <= bound),
    ("exclusiveMinimum", "more than {}", lambda value, bound: value > bound),
    ("exclusiveMaximum", "less than {}", lambda value, bound: value < bound),
)


def _bounds(
    measure: Any, schema: dict[str, Any], path: str, bounds: tuple[_Bound, ...]
) -> Iterator[str]:
    for keyword, words, holds in bounds:
        if keyword in schema and not holds(measure, schema[keyword]):
            bound, after = str(schema[keyword]), words.partition("{}")
            yield f"{path}: expected {after[0]}{bound}{after[2]}"


def _is_of(value: Any, kinds: list[str]) -> bool:
    kind = _kind(value)
    if kind in kinds:
        return True
    return kind == "integer" and "number" in kinds


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"  # 1.0 is an integer in JSON Schema
    names = {float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), type(value).__name__)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(value: Any, other: Any) -> bool:
    """true is not 1, as in JSON."""
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)
