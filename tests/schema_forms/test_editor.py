"""The two ways to see a value, and what is carried over from one to the other."""

from typing import Any

from platform_agents.schema_forms import ABSENT, fields_of
from platform_agents.schema_forms.editor import Editor
from platform_agents.schema_forms.masking import MASK

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "api_key": {"type": "string"}},
}
FIELD = fields_of(SCHEMA)
VALUE = {"name": "Ann", "api_key": "s3cret", "more": 1}


def sent(post: dict[str, str], earlier: Any = ABSENT) -> Editor:
    return Editor.sent(FIELD, post, name="config", earlier=earlier)


def test_what_was_written_in_fields_is_there_as_json() -> None:
    post = {"config.__as": "form", "config.__show": "json", "config.name": "Bob"}
    editor = sent(post, VALUE)
    assert (editor.mode, editor.only_shown) == ("json", True)
    page = editor.html()
    assert "Bob" in page
    assert MASK in page
    assert "s3cret" not in page


def test_what_was_written_as_json_is_there_in_fields() -> None:
    raw = f'{{"name": "Bob", "api_key": "{MASK}", "more": 1}}'
    editor = sent({"config.__as": "json", "config.__show": "form", "config.__json": raw}, VALUE)
    assert editor.value == {"name": "Bob", "api_key": "s3cret", "more": 1}
    assert 'value="Bob"' in editor.html()


def test_json_that_cannot_be_read_stays_json() -> None:
    post = {"config.__as": "json", "config.__show": "form", "config.__json": '{"name": '}
    editor = sent(post, VALUE)
    assert (editor.mode, editor.value) == ("json", VALUE)
    assert "This is not JSON" in editor.html()
    assert "{&quot;name&quot;: " in editor.html()


def test_a_save_is_a_save() -> None:
    editor = sent({"config.__as": "form", "config.name": "Bob"}, VALUE)
    assert (editor.mode, editor.only_shown) == ("form", False)
    assert editor.value == {**VALUE, "name": "Bob"}


def test_a_form_without_the_editor_changes_nothing() -> None:
    assert sent({}, VALUE).value == VALUE
    assert sent({"config.__as": "json"}, VALUE).value == VALUE


def test_findings_stand_at_fields_and_the_rest_above() -> None:
    editor = Editor(field=FIELD, name="config", value={"name": 1})
    editor.wrong({"config.name": ["Not a text"], "config.other": ["Not permitted"]})
    page = editor.html()
    assert page.count("Not a text") == 1
    assert "<code>config.other</code>: Not permitted" in page


def test_without_a_shape_there_is_only_json() -> None:
    for field in (None, fields_of({})):
        editor = Editor(field=field, name="input_data", value={"a": 1})
        assert editor.mode == "json"
        assert "__show" not in editor.html()


def test_names_of_secrets_are_offered() -> None:
    page = Editor(field=FIELD, name="config", value={}).html(secrets=["OPENAI", "OTHER"])
    assert '<option value="OTHER">' in page
    assert "${{ secrets.OPENAI }}" in page
