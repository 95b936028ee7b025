"""JSON kept in a text column: strict on the way in, never in the way on the way out.

The gateway stores JSON in `text`, which nothing validates. A column reads as its value, or as
`InvalidJson` when it is not strict JSON, and is written by the rules of `agents.encoding`.
Used by the models of the shared tables.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, TextField

from agents.encoding import to_json
from agents.errors import InvalidOutput
from platform_agents.shared_schema.json_form import JsonTextFormField
from platform_agents.shared_schema.strict_json import InvalidJson, parse

__all__ = ["InvalidJson", "JsonTextField", "parsed"]


def parsed(text: str | None) -> Any:
    """The value of a column's text; InvalidJson when it is none."""
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:
        return InvalidJson(text)


class JsonTextField(TextField):  # type: ignore[type-arg]
    """Dicts, lists, numbers, text and None in Python; compact JSON text or NULL in the database.

    Writing raises `agents.errors.InvalidOutput` for what JSON cannot hold. `exact` and `in`
    compare with the compact text; `contains` and its kin search the raw text.
    """

    empty_values = [None]

    def from_db_value(
        self, value: str | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> Any:
        return parsed(value)

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return value.text if isinstance(value, InvalidJson) else to_json(value)

    def validate(self, value: Any, model_instance: Model | None) -> None:
        super().validate(value, model_instance)
        try:
            self.get_prep_value(value)
        except InvalidOutput as refused:
            raise ValidationError(str(refused), code="invalid") from None

    def value_to_string(self, obj: Model) -> Any:
        value = self.value_from_object(obj)
        return value.text if isinstance(value, InvalidJson) else value

    def formfield(self, **options: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": JsonTextFormField, **options})
