"""Model fields and database defaults of the gateway's tables; models import all of them from here.

Here: `EnumField` and `GenRandomUuid`. Next door, and re-exported: `UtcTimestampField`, `NowUtc` and
`AsInstant` (timestamps.py), `JsonTextField` and `InvalidJson` (json_text.py).
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Func

from platform_agents.shared_schema.json_text import InvalidJson, JsonTextField
from platform_agents.shared_schema.timestamps import AsInstant, NowUtc, UtcTimestampField

__all__ = [
    "AsInstant",
    "EnumField",
    "GenRandomUuid",
    "InvalidJson",
    "JsonTextField",
    "NowUtc",
    "UtcTimestampField",
]


class GenRandomUuid(Func):
    """`gen_random_uuid()`, the default of every shared id; text in Python."""

    template = "gen_random_uuid()"
    arity = 0
    column_default: ClassVar[str] = "gen_random_uuid()"

    def __init__(self) -> None:
        super().__init__(output_field=CharField())


class EnumField(CharField):  # type: ignore[type-arg]
    """A column of a PostgreSQL enum: `EnumField("task_status", labels=("pending", …))`.

    `labels` are the enum's labels and the field's choices. A label outside them is refused with a
    ValueError before the statement is sent, where PostgreSQL would abort the transaction.
    """

    def __init__(self, enum_name: str, *, labels: Sequence[str], **options: Any) -> None:
        self.enum_name = enum_name
        self.labels = tuple(labels)
        options["choices"] = [(label, label.replace("_", " ").capitalize()) for label in labels]
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, _, options = super().deconstruct()
        options.pop("choices", None)
        return name, path, [self.enum_name], {**options, "labels": self.labels}

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.enum_name

    def cast_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.enum_name

    def get_prep_value(self, value: Any) -> Any:
        label = super().get_prep_value(value)
        if label is not None and label not in self.labels:
            allowed = ", ".join(self.labels)
            raise ValueError(f"{self.enum_name} has no label {label!r}; it has {allowed}.")
        return label
