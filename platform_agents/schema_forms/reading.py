"""A JSON Schema, as pydantic writes it, to the fields of a form.

Whatever is not understood becomes a field of JSON text, for that part only, so a schema is never
refused. Conditions between fields (if/then, validators) are the validation's to find, not drawn.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from platform_agents.masking import names_secret
from platform_agents.schema_forms.fields import ABSENT, Field, Kind

Schema = Mapping[str, Any]

_DEEPEST = 4
_MOST_FIELDS_IN_A_ROW = 12
_LONG = 500
_LONG_BY_NAME = {
    "text", "template", "prompt", "system", "content", "body", "message", "csv", "instructions",
}  # fmt: skip
_SCALARS = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.SWITCH}


def fields_of(schema: Schema) -> Field:
    """The group of everything that the schema names; one field of JSON when it names nothing."""
    return _Reader(schema.get("$defs", {})).field("", schema, required=True, depth=0)


class _Reader:
    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions

    def field(self, key: str, schema: Schema, *, required: bool, depth: int) -> Field:
        plain = self._plain(schema)
        about = {
            "key": key,
            "label": _label(key, schema, plain),
            "help": schema.get("description") or plain.get("description", ""),
            "required": required,
            "default": schema.get("default", plain.get("default", ABSENT)),
        }
        return Field(**about, **self._kind(key, plain, depth))

    def _plain(self, schema: Schema) -> Schema:
        """Without references and without the alternative of null; with what stands beside them."""
        for _ in range(20):
            if "$ref" in schema:
                name = str(schema["$ref"]).rpartition("/")[2]
                inner = self._definitions.get(name, {})
            elif (inner := _only_alternative(schema)) is None:
                break
            beside = {k: v for k, v in schema.items() if k not in _REPLACED}
            schema = {**inner, **beside}
        return schema

    def _kind(self, key: str, schema: Schema, depth: int) -> dict[str, Any]:
        if options := _options(schema):
            return {"kind": Kind.CHOICE, "options": options}
        kind = schema.get("type")
        if kind == "string":
            return _string(key, schema)
        if isinstance(kind, str) and kind in _SCALARS:
            return {"kind": _SCALARS[kind], **_bounds(schema)}
        if kind == "object" and schema.get("properties") and depth < _DEEPEST:
            return {"kind": Kind.GROUP, "fields": tuple(self._properties(schema, depth))}
        if kind == "array" and isinstance(schema.get("items"), Mapping) and depth < _DEEPEST:
            return self._list(schema["items"], depth)
        return {"kind": Kind.JSON}

    def _properties(self, schema: Schema, depth: int) -> Iterator[Field]:
        required = schema.get("required", ())
        for key, inner in schema["properties"].items():
            if isinstance(inner, Mapping):
                yield self.field(key, inner, required=key in required, depth=depth + 1)

    def _list(self, items: Schema, depth: int) -> dict[str, Any]:
        item = self.field("", items, required=True, depth=depth + 1)
        if item.kind in {Kind.JSON, Kind.LIST} or len(item.fields) > _MOST_FIELDS_IN_A_ROW:
            return {"kind": Kind.JSON}
        return {"kind": Kind.LIST, "item": item}


_REPLACED = {"$ref", "anyOf", "oneOf", "allOf"}


def _only_alternative(schema: Schema) -> Schema | None:
    """What is left when null is no alternative; None when that is nothing, or more than one."""
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        return {**schema, "type": kinds[0]} if len(kinds) == 1 else None
    if "properties" in schema:
        return None
    for word in ("anyOf", "oneOf", "allOf"):
        if isinstance(schema.get(word), list):
            left = [one for one in schema[word] if one.get("type") != "null"]
            return left[0] if len(left) == 1 else None
    return None


def _options(schema: Schema) -> tuple[Any, ...]:
    if "const" in schema:
        return (schema["const"],)
    return tuple(option for option in schema.get("enum", ()) if option is not None)


def _string(key: str, schema: Schema) -> dict[str, Any]:
    limits = {"max_length": schema.get("maxLength")}
    if schema.get("writeOnly") or schema.get("format") == "password" or names_secret(key):
        return {"kind": Kind.SECRET, **limits}
    long = key in _LONG_BY_NAME or (schema.get("maxLength") or 0) > _LONG
    return {"kind": Kind.LONG_TEXT if long else Kind.TEXT, **limits}


def _bounds(schema: Schema) -> dict[str, Any]:
    return {"minimum": schema.get("minimum"), "maximum": schema.get("maximum")}


_UNITS = {"s": "seconds", "ms": "milliseconds", "bytes": "bytes", "mb": "MB", "usd": "US dollars"}


def _refers(schema: Schema) -> bool:
    """A definition's title is the name of its class, which means nothing to people."""
    alternatives = [one for word in ("anyOf", "oneOf", "allOf") for one in schema.get(word, ())]
    return "$ref" in schema or any("$ref" in one for one in alternatives)


def _label(key: str, schema: Schema, plain: Schema) -> str:
    """The title that the author gave, else the key as words, its unit spelled out. The titles that
    pydantic makes from names say no more than the key does."""
    title = str(schema.get("title") or ("" if _refers(schema) else plain.get("title", "")))
    words = re.sub(r"[_\s]+", " ", key).strip()
    if key and title and title.lower() != words.lower():
        return title
    name, _, last = words.rpartition(" ")
    if name and last in _UNITS:
        words = f"{name} ({_UNITS[last]})"
    return words[:1].upper() + words[1:]
