"""The JSON Schema that a module or a caller gives for `extract`: which are accepted, and as what.

A bounded subset that is checked before anything is asked: `type`, `enum`, `const`, `properties`,
`required`, `additionalProperties`, `items`, `anyOf`, bounds of numbers, texts and lists, local
`$ref`s into `$defs` without recursion, and annotations. `pattern` is refused, because a regular
expression of a tenant's could run for hours. References are put in place here, so that what leaves
is a plain tree of bounded size; `json_fit` validates with it, and the server is sent it.
"""

import json
from typing import Any

from agents.encoding import jsonable
from agents.errors import InvalidOutput

MAX_BYTES = 64_000
MAX_DEPTH = 16
MAX_NODES = 2_000
TYPES = ("string", "number", "integer", "boolean", "null", "object", "array")
_ANNOTATIONS = {
    "title", "description", "default", "examples", "format", "deprecated", "$comment", "$schema",
    "$id",
}  # fmt: skip
_COUNTS = {"minLength", "maxLength", "minItems", "maxItems"}
_NUMBERS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_DEFINITIONS = {"$defs", "definitions"}


Path = tuple[str, ...]


class SchemaFault(Exception):
    """What is wrong with a schema; `path` leads to the place, such as `properties.age.type`."""

    def __init__(self, path: Path, why: str) -> None:
        where = ".".join(path)[:200]
        super().__init__(f"{where}: {why}" if where else why)


def accepted(schema: Any) -> dict[str, Any]:
    """The schema as a plain tree, for an object. Raises SchemaFault."""
    if not isinstance(schema, dict):
        raise SchemaFault((), "Expected a JSON Schema, which is an object.")
    _check_size(schema)
    tree = _Reader(schema).node(schema, (), ())
    if tree.get("type") != "object":
        raise SchemaFault(
            ("type",), 'Expected "object": the extracted data is an object of fields.'
        )
    return tree


def _check_size(schema: dict[str, Any]) -> None:
    try:
        size = len(json.dumps(jsonable(schema)))
    except InvalidOutput as error:
        raise SchemaFault((), str(error)) from None
    if size > MAX_BYTES:
        raise SchemaFault((), f"Expected at most {MAX_BYTES:,} bytes of JSON Schema, got {size:,}.")


class _Reader:
    """One reading of one schema; counts its nodes, references followed."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._nodes = 0

    def node(self, schema: Any, path: Path, open_refs: tuple[str, ...]) -> dict[str, Any]:
        """open_refs: the references that led here, to find recursion."""
        if not isinstance(schema, dict):
            raise SchemaFault(path, "Expected a schema, which is an object.")
        self._nodes += 1
        if self._nodes > MAX_NODES or len(path) > 2 * MAX_DEPTH:
            raise SchemaFault(
                path, f"Expected at most {MAX_NODES:,} schemas, nested {MAX_DEPTH} deep."
            )
        if "$ref" in schema:
            return self._referred(schema["$ref"], path, open_refs)
        return {
            key: self._value(key, value, (*path, key), open_refs)
            for key, value in schema.items()
            if key not in _DEFINITIONS and key not in {"$schema", "$id", "$comment"}
        }

    def _referred(self, ref: Any, path: Path, open_refs: tuple[str, ...]) -> dict[str, Any]:
        path = (*path, "$ref")
        parts = ref.split("/") if isinstance(ref, str) else []
        if len(parts) != 3 or parts[0] != "#" or parts[1] not in _DEFINITIONS:
            raise SchemaFault(path, 'Expected "#/$defs/NAME"; nothing else is looked up.')
        if ref in open_refs:
            raise SchemaFault(path, "Expected no schema that contains itself.")
        definitions = self._root.get(parts[1])
        if not isinstance(definitions, dict) or parts[2] not in definitions:
            raise SchemaFault(path, f"There is no {ref[:100]} in this schema.")
        return self.node(definitions[parts[2]], path, (*open_refs, ref))

    def _value(self, key: str, value: Any, path: Path, open_refs: tuple[str, ...]) -> Any:
        if key in _ANNOTATIONS:
            return value
        if key == "properties":
            return self._properties(value, path, open_refs)
        if key == "items" or (key == "additionalProperties" and not isinstance(value, bool)):
            return self.node(value, path, open_refs)
        if key == "anyOf":
            return self._choices(value, path, open_refs)
        _check_keyword(key, value, path)
        return value

    def _properties(self, value: Any, path: Path, open_refs: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise SchemaFault(path, "Expected an object of schemas by name.")
        return {name: self.node(schema, (*path, name), open_refs) for name, schema in value.items()}

    def _choices(self, value: Any, path: Path, open_refs: tuple[str, ...]) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not value:
            raise SchemaFault(path, "Expected a list of schemas.")
        return [
            self.node(schema, (*path, str(index)), open_refs) for index, schema in enumerate(value)
        ]


def _check_keyword(key: str, value: Any, path: Path) -> None:
    expected = _expectation(key, value)
    if expected:
        raise SchemaFault(path, expected)


def _expectation(key: str, value: Any) -> str:
    """What was expected of the value; empty when it is right."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if key == "type":
        kinds = value if isinstance(value, list) and value else [value]
        right = all(isinstance(kind, str) and kind in TYPES for kind in kinds)
        return "" if right else f"Expected one or some of {', '.join(TYPES)}."
    if key == "enum":
        return "" if isinstance(value, list) and value else "Expected a list of values."
    if key == "required":
        right = isinstance(value, list) and all(isinstance(name, str) for name in value)
        return "" if right else "Expected a list of names."
    if key in _COUNTS:
        return "" if number and value >= 0 and value == int(value) else "Expected a whole number."
    if key in _NUMBERS:
        return "" if number else "Expected a number."
    if key in ("const", "additionalProperties"):
        return ""
    if key == "pattern":
        return "pattern is not supported: regular expressions are not run here; use enum instead."
    return f"The keyword {key[:50]!r} is not supported."


def is_strict(schema: Any) -> bool:
    """Whether a server can promise to keep to it (`strict`): every object closed, every property
    required."""
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties", {})
    if schema.get("type") == "object" or properties:
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != set(properties):
            return False
    below = [*properties.values(), *schema.get("anyOf", ()), schema.get("items")]
    return all(is_strict(each) for each in below)
