"""Summary: what is in a table, before anything is computed from it. Called by `agents.data`."""

from typing import Any

from agents.tables.column_types import column_type, identity, moments
from agents.tables.table import Table

EXAMPLES = 3
EXAMPLE_CHARACTERS = 100


def summary(table: Table) -> dict[str, Any]:
    """`{"shape": [rows, columns], "missing": n, "columns": {name: {"type", "missing",
    "distinct", "examples"}}}`. Examples are the first distinct values, long texts cut."""
    columns = {name: _column(values) for name, values in table.columns.items()}
    return {
        "shape": [table.rows, len(columns)],
        "missing": sum(column["missing"] for column in columns.values()),
        "columns": columns,
    }


def _column(values: list[Any]) -> dict[str, Any]:
    kind = column_type(values)
    present = [value for value in values if value is not None]
    return {
        "type": kind,
        "missing": len(values) - len(present),
        "distinct": _distinct(present, kind),
        "examples": _examples(present),
    }


def _distinct(present: list[Any], kind: str) -> int:
    if kind in ("object", "mixed"):
        return len(set(map(identity, present)))
    if kind in ("date", "datetime"):
        return len(set(moments(present) or ()))
    return len(set(present))


def _examples(present: list[Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for value in present:
        found.setdefault(identity(value), value)
        if len(found) == EXAMPLES:
            break
    return [_short(value) for value in found.values()]


def _short(value: Any) -> Any:
    text = identity(value) if isinstance(value, (dict, list)) else value
    if not isinstance(text, str) or len(text) <= EXAMPLE_CHARACTERS:
        return value
    return text[:EXAMPLE_CHARACTERS] + "…"
