"""The form field of a JSON text column: indented to read, and errors that name line and column.

Used by `JsonTextField.formfield`, so by every admin form over a shared table. Text that is not JSON
is shown as it stands, to be repaired.
"""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput, JSONString

from platform_agents.shared_schema.strict_json import InvalidJson, parse


class JsonTextFormField(forms.JSONField):
    """A textarea of JSON; empty text is None."""

    def to_python(self, value: Any) -> Any:
        if self.disabled or not isinstance(value, str) or isinstance(value, JSONString):
            return value
        if not value.strip():
            return None
        try:
            parsed = parse(value)
        except ValueError as refused:
            raise ValidationError(f"This is not valid JSON. {refused}", code="invalid") from None
        return JSONString(parsed) if isinstance(parsed, str) else parsed

    def bound_data(self, data: Any, initial: Any) -> Any:
        if self.disabled:
            return initial
        return None if data is None else InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, InvalidJSONInput):
            return value
        if isinstance(value, InvalidJson):
            return value.text
        return json.dumps(value, ensure_ascii=False, indent=2)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if isinstance(initial, InvalidJson):
            return str(data or "").splitlines() != initial.text.splitlines()
        return super().has_changed(initial, data)
