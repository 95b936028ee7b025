"""Lists of records in a value, as tables. Called by `values`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from executions.admin_page.json_tree import compact, shortened, value_text

_MOST_TABLES = 5
_MOST_ROWS = 200
_MOST_COLUMNS = 30
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Table:
    """rows: the first 200; total: how many there are. hidden: columns that are left out."""

    name: str
    columns: list[str]
    rows: list[list[str]]
    total: int
    hidden: int


def tables(value: Any) -> list[Table]:
    """Of the value itself, or of its fields and theirs."""
    return [made for _, made in zip(range(_MOST_TABLES), _found(value), strict=False)]


def _found(value: Any, *, name: str = "", levels: int = 2) -> Iterator[Table]:
    if _is_records(value):
        yield _table(name, value)
    elif isinstance(value, dict) and levels:
        for key, inner in value.items():
            path = f"{name} / {key}" if name else str(key)
            yield from _found(inner, name=path, levels=levels - 1)


def _is_records(value: Any) -> bool:
    if not (isinstance(value, list) and value):
        return False
    return all(isinstance(row, dict) and row for row in value[:_MOST_ROWS])


def _table(name: str, records: list[dict[str, Any]]) -> Table:
    shown = records[:_MOST_ROWS]
    columns = list({key: None for record in shown for key in record})
    kept = columns[:_MOST_COLUMNS]
    return Table(
        name=name,
        columns=kept,
        rows=[[_cell(record.get(key, "")) for key in kept] for record in shown],
        total=len(records),
        hidden=len(columns) - len(kept),
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value_text(value)
    text = value if isinstance(value, str) else compact(value)
    return shortened(text, _LONGEST)
