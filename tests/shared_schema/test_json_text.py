"""JSON in text columns: strict writes, reads that never break a query, forms that say where."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.forms import modelform_factory

from agents.errors import InvalidOutput
from modules.models import Module
from platform_agents.shared_schema.fields import InvalidJson

MakeModule = Callable[..., Module]
ConfigForm = modelform_factory(Module, fields=["config"])

BROKEN = [
    "",
    "plain text",
    '{"a": 1',
    "NaN",
    '{"a": 1e999}',
    '{"key": 1, "key": 2}',
    '"\\ud800"',
    '{"a": "\\u0000"}',
    "[" * 100_000,
    "1" * 5000,
]


def set_text(module: Module, text: str) -> Module:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE modules SET config = %s WHERE id = %s", [text, module.pk])
    return Module.objects.for_org(module.org_id).get(pk=module.pk)


def get_text(module: Module) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT config FROM modules WHERE id = %s", [module.pk])
        text: str | None = cursor.fetchone()[0]
        return text


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, True]}, [], {}, "text", 0, False, "é 😀"])
def test_a_value_comes_back_as_it_was_saved(value: Any, make_module: MakeModule) -> None:
    module = make_module(config=value)
    assert Module.objects.for_org(module.org_id).get(config=value).config == value


def test_the_text_is_compact_and_readable(make_module: MakeModule) -> None:
    assert get_text(make_module(config={"name": "é", "n": 2**60})) == (
        '{"name":"é","n":"1152921504606846976"}'
    )


def test_none_is_null_in_both_directions(make_module: MakeModule) -> None:
    module = make_module(config=None)
    assert get_text(module) is None
    assert Module.objects.for_org(module.org_id).get(config__isnull=True).config is None


@pytest.mark.parametrize("value", [float("nan"), {"a": [object()]}, "\x00", {"k": "\ud800"}])
def test_what_json_cannot_hold_is_refused_before_the_statement(
    value: Any, make_module: MakeModule
) -> None:
    module = make_module()
    module.config = value
    with pytest.raises(InvalidOutput), transaction.atomic():
        module.save()
    with pytest.raises(ValidationError, match="config"):
        module.full_clean()
    assert get_text(module) is None


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:12])
def test_broken_text_reads_as_invalid_json_and_is_written_back_unchanged(
    text: str, make_module: MakeModule
) -> None:
    module = set_text(make_module(), text)
    assert module.config == InvalidJson(text)
    assert str(module.config) == text
    module.name = "Renamed"
    module.save()
    assert get_text(module) == text


def test_one_broken_row_does_not_hide_the_others(make_module: MakeModule) -> None:
    set_text(make_module(name="bad"), "{oops")
    module = make_module(name="good", config={"ok": True})
    found = Module.objects.for_org(module.org_id).order_by("name").values_list("config", flat=True)
    assert list(found) == [InvalidJson("{oops"), {"ok": True}]


def test_raw_text_can_be_searched(make_module: MakeModule) -> None:
    module = make_module(config={"city": "Pune"})
    assert Module.objects.for_org(module.org_id).get(config__icontains='"PUNE"') == module


def test_the_form_shows_indented_json_and_saves_compact(make_module: MakeModule) -> None:
    module = make_module(config={"a": 1})
    assert ConfigForm(instance=module)["config"].value() == '{\n  "a": 1\n}'
    assert not ConfigForm({"config": '{ "a":1 }'}, instance=module).has_changed()
    form = ConfigForm({"config": '{"a": [1, 2]}'}, instance=module)
    assert form.has_changed()
    assert form.is_valid()
    assert get_text(form.save()) == '{"a":[1,2]}'


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ('{"a": 1,\n "b" 2}', "Expecting ':' delimiter (line 2, column 6)."),
        ('{"a": 1, "a": 2}', 'The key "a" stands twice in one object.'),
        ("[NaN]", "NaN is not a JSON value."),
        ("[1e999]", "The number 1e999 is too large."),
        ("1" * 5000, "A number has more digits than can be read."),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(typed: str, message: str) -> None:
    form = ConfigForm({"config": typed})
    assert form.errors["config"] == [f"This is not valid JSON. {message}"]
    assert form["config"].value() == typed


def test_the_form_shows_broken_text_to_be_repaired(make_module: MakeModule) -> None:
    module = set_text(make_module(), '{"a": 1')
    assert ConfigForm(instance=module)["config"].value() == '{"a": 1'
    assert not ConfigForm({"config": '{"a": 1'}, instance=module).has_changed()
    repaired = ConfigForm({"config": '{"a": 1}'}, instance=module)
    assert repaired.has_changed()
    assert get_text(repaired.save()) == '{"a":1}'


@pytest.mark.parametrize("typed", ["", "  \n"])
def test_an_empty_form_field_is_null(typed: str, make_module: MakeModule) -> None:
    form = ConfigForm({"config": typed}, instance=make_module(config={"a": 1}))
    assert get_text(form.save()) is None
