"""The drift check: our unmanaged models against the live shared tables.

The gateway owns the tables and changes them without asking. `differences` says in sentences where
the models no longer hold. Called by the system check, by `check_shared_schema` and by tests.
Additions of the gateway's that cannot break us (columns, tables) are no differences.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

from platform_agents.shared_schema import expected
from platform_agents.shared_schema.live_catalog import LiveColumn, live_columns
from platform_agents.shared_schema.names import SHARED_TABLES

LOAD = (
    "Point DATABASE_URL at the gateway's database, or load our copy of its tables: "
    "manage.py load_shared_schema."
)
NULLABLE = {True: "NULL allowed", False: "NOT NULL"}
RESTORE = (
    "Restore it in the gateway's Drizzle schema, or follow the change in {model} and schema.sql."
)
NEW_COLUMN = (
    "Give it a default in the gateway's Drizzle schema, or add it to {model} and schema.sql."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where database and model disagree. `kind`: table, column, type, nullability,
    labels, default or new_column; `column` is "" for a whole table. `str()` is a sentence."""

    kind: str
    table: str
    column: str
    expected: str
    found: str
    advice: str

    def __str__(self) -> str:
        place = f"Column {self.table}.{self.column}" if self.column else f"Table {self.table}"
        return f"{place}: expected {self.expected}, found {self.found}. {self.advice}"


def differences(connection: BaseDatabaseWrapper) -> list[Difference]:
    """Every difference, in the order of the contract's tables; [] when all is well.

    One catalog query. Raises django.db.Error when the database cannot be asked.
    """
    live = live_columns(connection)
    found: list[Difference] = []
    for model in shared_models():
        found += _of_table(model, live.get(model._meta.db_table), connection)
    return found


def shared_models() -> list[type[Model]]:
    """The installed unmanaged models of shared tables, in the contract's order."""
    models = [
        model
        for model in apps.get_models()
        if model._meta.db_table in SHARED_TABLES
        and not model._meta.managed
        and not model._meta.proxy
    ]
    return sorted(models, key=lambda model: SHARED_TABLES.index(model._meta.db_table))


def _of_table(
    model: type[Model], live: dict[str, LiveColumn] | None, connection: BaseDatabaseWrapper
) -> Iterator[Difference]:
    table = model._meta.db_table
    if live is None:
        yield Difference("table", table, "", "the table", "none", LOAD)
        return
    fields = {field.column: field for field in model._meta.local_concrete_fields if field.column}
    for column, field in fields.items():
        yield from _of_column(field, column, live.get(column), connection)
    for column, there in live.items():
        if column not in fields and not _can_be_left_out(there):
            yield Difference(
                "new_column",
                table,
                column,
                "no new column that every insert must fill",
                f"{there.type} NOT NULL without a default",
                NEW_COLUMN.format(model=model._meta.label),
            )


def _of_column(
    field: "Field[Any, Any]", column: str, live: LiveColumn | None, connection: BaseDatabaseWrapper
) -> Iterator[Difference]:
    table, model = field.model._meta.db_table, field.model._meta.label

    def difference(kind: str, wanted: str, found: str) -> Difference:
        return Difference(kind, table, column, wanted, found, RESTORE.format(model=model))

    type_ = expected.column_type(field, connection)
    if live is None:
        yield difference("column", f"a column of type {type_}", "none")
        return
    if live.type != type_:
        yield difference("type", f"type {type_}", live.type)
    if live.nullable != field.null:
        yield difference("nullability", NULLABLE[field.null], NULLABLE[live.nullable])
    labels = expected.enum_labels(field)
    if labels is not None and live.labels is not None and labels != set(live.labels):
        yield difference("labels", _listed(sorted(labels)), _listed(live.labels))
    default = expected.column_default(field, connection)
    if default is not None and default != expected.plain_default(live.default or ""):
        yield difference("default", f"default {default}", live.default or "no default")


def _can_be_left_out(column: LiveColumn) -> bool:
    return column.nullable or column.fills_itself or column.default is not None


def _listed(labels: Any) -> str:
    return "labels " + ", ".join(labels)
