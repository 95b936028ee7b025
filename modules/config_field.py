"""A module's config in a form: fields made from its agent's Config, or JSON text.

The agent may be changed on the same page: what is sent back is read as the agent whose fields stood
there, and shown as the one that is chosen now. Used by `module_form`.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import Script
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents.kit.description import schemas
from modules import registry
from modules.errors import UnknownAgent
from modules.registry import RegisteredAgent
from platform_agents.schema_forms import ABSENT, Field, fields_of
from platform_agents.schema_forms.editor import FORM, JSON, SHOW, Editor
from platform_agents.shared_schema.strict_json import InvalidJson, parse

_DRAWN = "__agent"
_NO_SETTINGS = SafeString(
    '<p class="schema-help">This agent asks for no settings. A JSON object is possible.</p>'
)


class SchemaFormMedia:
    """What a page with such a form loads."""

    css = {"all": ["schema_forms/schema_forms.css", "operators/modules.css"]}
    js = [Script("schema_forms/schema_forms.js", defer=True)]


class ConfigWidget(forms.Widget):
    """One per form: it keeps the editor that it made of what was sent. earlier: what the module's
    row says. secrets: names that may be referred to."""

    Media = SchemaFormMedia
    agent: RegisteredAgent | None = None
    earlier: Any = None
    secrets: Sequence[str] = ()
    editor: Editor | None = None

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Editor:
        if self.editor is None:
            drawn = _named(data[f"{name}.{_DRAWN}"]) if f"{name}.{_DRAWN}" in data else self.agent
            earlier = _readable(self.earlier)
            sent = Editor.sent(config_of(drawn), data, name=name, earlier=earlier)
            self.editor = sent if drawn == self.agent else self._of_other(sent, asks_json=(
                data.get(f"{name}.{SHOW}") == JSON))  # fmt: skip
        return self.editor

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}.") for key in data)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        editor = value if isinstance(value, Editor) else self._of_row(name, value)
        drawn = format_html(
            '<input type="hidden" name="{}.{}" value="{}">', name, _DRAWN,
            self.agent.name if self.agent else "",
        )  # fmt: skip
        hint = _NO_SETTINGS if self.agent and self.agent.cls.Config is None else SafeString()
        return SafeString(drawn + hint + editor.html(secrets=self.secrets, findings=False))

    def id_for_label(self, id_: str) -> str:
        return ""  # each field has a label of its own

    def _of_other(self, sent: Editor, *, asks_json: bool) -> Editor:
        """What was sent for another agent, as this one's. Settings go that only the other has."""
        field, value = config_of(self.agent), sent.value
        if sent.field is not None and isinstance(value, dict):
            known = {part.key for part in field.fields} if field else set()
            gone = {part.key for part in sent.field.fields} - known
            value = {key: inner for key, inner in value.items() if key not in gone}
        mode = sent.mode if asks_json or sent.errors else FORM
        return Editor(
            field=field, name=sent.name, value=value, mode=mode, only_shown=sent.only_shown,
            errors=sent.errors, written=sent.written,
        )  # fmt: skip

    def _of_row(self, name: str, value: Any) -> Editor:
        field = config_of(self.agent)
        if isinstance(value, InvalidJson):
            return Editor(field=field, name=name, mode=JSON, written={name: value.text})
        return Editor(field=field, name=name, value=_readable(value))


class ConfigField(forms.Field):
    widget = ConfigWidget

    def clean(self, value: Any) -> Any:
        """None when nothing is written; else the value, as strict as a column asks for."""
        editor: Editor = value
        if editor.errors:
            raise ValidationError(
                [_said(editor.name, *finding) for finding in editor.errors.items()]
            )
        if editor.value is ABSENT:
            return None
        try:
            return parse(json.dumps(editor.value))
        except ValueError as refused:
            raise ValidationError(f"This is not valid JSON. {refused}", code="invalid") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        sent = None if data.value is ABSENT else data.value
        if isinstance(initial, InvalidJson):
            return bool(sent is not None or data.errors)
        return bool(data.errors) or json.dumps(sent) != json.dumps(initial)


@cache
def config_of(agent: RegisteredAgent | None) -> Field | None:
    """The fields of its Config; None when it has none, or none that can be described."""
    schema = None if agent is None else schemas(agent.cls)["config"]
    return None if schema is None else fields_of(schema)


def agent_or_none(python_module: str, endpoint: str | None) -> RegisteredAgent | None:
    try:
        return registry.agent_of(python_module, endpoint)
    except UnknownAgent:
        return None


def _named(name: str) -> RegisteredAgent | None:
    return agent_or_none(name, None) if name else None


def _readable(value: Any) -> Any:
    return ABSENT if value is None or isinstance(value, InvalidJson) else value


def _said(root: str, path: str, said: list[str]) -> str:
    text = " ".join(said)
    return text if path == root else f"{path}: {text}"
