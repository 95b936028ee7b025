"""UTC times kept in columns without a time zone: the field and the database's clock for it.

The gateway's columns are `timestamp without time zone` holding UTC. PostgreSQL converts such a
column by the session's zone whenever it meets a value that has one, so everything sent from here
is naive UTC and everything that leaves is aware: no session setting can shift a time.
"""

import datetime as dt
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Func, Model
from django.db.models.expressions import DatabaseDefault

NAIVE = "%s has no time zone. Give an aware datetime, such as django.utils.timezone.now()."


class UtcTimestampField(DateTimeField):  # type: ignore[type-arg]
    """`timestamp without time zone` in the database, aware UTC datetime in Python.

    A naive value is refused: ValueError when it is saved or looked up, ValidationError in a form.
    The explicit `Trunc*` and `Extract*` functions want `AsInstant("field")`; the lookups
    (`__date`, `__year`, …) bring it along.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "timestamp without time zone"

    def cast_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.db_type(connection)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            raise ValidationError(NAIVE % repr(value), code="naive")
        parsed = super().to_python(value)
        if parsed is not None and parsed.tzinfo is None:
            raise ValidationError(NAIVE % repr(value), code="naive")
        return parsed

    def get_prep_value(self, value: Any) -> Any:
        try:
            return self.to_python(value)
        except ValidationError as refused:
            name = getattr(self, "name", None) or "A timestamp"
            raise ValueError(f"{name}: {' '.join(refused.messages)}") from None

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,
    ) -> Any:
        aware = value if prepared else self.get_prep_value(value)
        if not isinstance(aware, dt.datetime) or aware.tzinfo is None:
            return aware
        return aware.astimezone(dt.UTC).replace(tzinfo=None)

    def from_db_value(
        self, value: dt.datetime | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, DatabaseDefault) and isinstance(self.db_default, NowUtc):
            return self.db_default  # the column's own default is the session's local time
        return value

    def get_transform(self, lookup_name: str) -> Any:
        transform: Any = super().get_transform(lookup_name)
        if transform is None:
            return None
        return lambda lhs, *args: transform(AsInstant(lhs), *args)


class NowUtc(Func):
    """The transaction's time as a `timestamp` holding UTC, for `db_default=` and in queries.

    `column_default` is how the live column spells its default: a bare `now()`.
    """

    template = "timezone('UTC', now())"
    arity = 0
    column_default: ClassVar[str] = "now()"

    def __init__(self) -> None:
        super().__init__(output_field=UtcTimestampField())


class AsInstant(Func):
    """A UTC column as the moment it names (`timestamptz`): `TruncDay(AsInstant("created_at"))`."""

    template = "(%(expressions)s AT TIME ZONE 'UTC')"
    arity = 1

    def __init__(self, expression: Any) -> None:
        super().__init__(expression, output_field=DateTimeField())
