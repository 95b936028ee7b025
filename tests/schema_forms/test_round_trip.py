"""A form that nobody touched gives back the value that it was made from, whatever schema and value.

The value goes through the rendered HTML, as a browser would read it and send it back."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from platform_agents.schema_forms import ABSENT, fields_of, masked, read_posted, shown
from platform_agents.schema_forms.json_text import short, text
from platform_agents.schema_forms.posted import read_raw
from tests.schema_forms.browser import html, sent_back

_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=8
)
_KEYS = st.sampled_from(["name", "api_key", "text", "items", "a", "b", "limits", "mode", "unknown"])
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}], "default": None}


_SCALAR = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "maxLength": 9000},
        {"type": "string", "format": "password", "writeOnly": True},
        {"type": "integer", "minimum": 0},
        {"type": "number", "default": 0.5},
        {"type": "boolean", "default": True},
        {"enum": ["one", 2, True], "default": "one"},
        {"const": "fixed"},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {},
    ]
)
_SCHEMA = st.recursive(
    _SCALAR,
    lambda inner: (
        inner.map(_nullable)
        | inner.map(lambda items: {"type": "array", "items": items})
        | st.dictionaries(_KEYS, inner, min_size=1, max_size=4).map(
            lambda properties: {"type": "object", "properties": properties}
        )
    ),
    max_leaves=8,
)
_OBJECT = st.dictionaries(_KEYS, _SCHEMA, min_size=1, max_size=5).flatmap(
    lambda properties: st.sets(st.sampled_from(sorted(properties))).map(
        lambda required: {
            "type": "object", "properties": properties, "required": sorted(required)
        }
    )
)  # fmt: skip


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Mostly what the schema says, sometimes anything: another writer's value may not fit."""
    return st.one_of(_fits(schema), _fits(schema), _JSON)


def _fits(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "anyOf" in schema:
        return st.one_of(*(_fits(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if "properties" in schema:
        keys = {key: fitting(inner) for key, inner in schema["properties"].items()}
        return st.fixed_dictionaries({}, optional=keys)
    if "items" in schema:
        return st.lists(fitting(schema["items"]), max_size=3)
    plain: dict[str, st.SearchStrategy[Any]] = {
        "string": _TEXT, "integer": st.integers(-(10**20), 10**20), "boolean": st.booleans(),
        "number": st.floats(allow_nan=False, allow_infinity=False), "null": st.none(),
        "object": st.dictionaries(_KEYS, _TEXT, max_size=3),
    }  # fmt: skip
    return plain.get(schema.get("type", ""), _JSON)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_untouched_is_unchanged(data: st.DataObject) -> None:
    schema = data.draw(_OBJECT)
    value = data.draw(st.just(ABSENT) | fitting(schema))
    field = fields_of(schema)
    page = shown(field, value, name="config")
    posted = read_posted(field, sent_back(page), name="config", earlier=value)
    assert posted.errors == {}
    if value is ABSENT:
        assert posted.value is ABSENT
    else:
        assert short(posted.value) == short(value)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_raw_json_gives_back_what_its_masks_hide(data: st.DataObject) -> None:
    schema = data.draw(_OBJECT)
    value = data.draw(fitting(schema))
    field = fields_of(schema)
    posted = read_raw(text(masked(value, field)), name="config", earlier=value)
    assert (posted.errors, short(posted.value)) == ({}, short(value))


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(categories=["Lu"]), min_size=12, max_size=20), st.booleans())
def test_no_secret_is_part_of_a_page(secret: str, inside: bool) -> None:
    schema: dict[str, Any] = {
        "properties": {"api_key": {"type": "string"}, "more": {"type": "object", "properties": {
            "token": {"type": "string"}}}}, "type": "object"}  # fmt: skip
    value = {"more": {"token": secret}} if inside else {"api_key": secret}
    field = fields_of(schema)
    assert secret not in html(shown(field, value, name="config"))
    assert secret not in text(masked(value, field))
