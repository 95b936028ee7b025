"""When cells are equal and which comes first, the same for filter, sort, group, join and pivot.

1 equals 1.0 but not true; texts, numbers, booleans and nested values never equal each other. A
column whose texts are all ISO dates is ordered by time, every other one by kind and value:
booleans, numbers, texts, nested values.
"""

import datetime as dt
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any

from agents.tables.column_types import column_type, identity, moments
from agents.tables.table import Table

_BOOLEAN, _NUMBER, _TEXT, _DATE, _OTHER = range(5)
_RANKS: dict[type, int] = {
    bool: _BOOLEAN, int: _NUMBER, float: _NUMBER, Decimal: _NUMBER, str: _TEXT, dt.date: _DATE,
    dt.datetime: _DATE,
}  # fmt: skip

Rank = tuple[int, Any]


def same(value: Any) -> Hashable:
    """A hashable that is equal for equal cells: nested values are their JSON."""
    if isinstance(value, (bool, dict, list)):
        return (type(value), identity(value))
    return value  # type: ignore[no-any-return]


def same_cells(values: Sequence[Any]) -> Sequence[Hashable]:
    """`same` of all; the column itself when it needs none."""
    if set(map(type, values)) & {bool, dict, list}:
        return list(map(same, values))
    return values


def row_keys(table: Table, names: Sequence[str]) -> list[tuple[Hashable, ...]]:
    """Per row, a hashable that is equal for rows with equal cells in these columns."""
    if not names:
        return [()] * table.rows
    return list(zip(*(same_cells(table.columns[name]) for name in names), strict=True))


def rank(value: Any) -> Rank:
    """A sort key of a present cell by kind and value."""
    found = _RANKS.get(type(value), _OTHER)
    if found == _OTHER:
        return found, identity(value)
    return found, value.isoformat() if found == _DATE else value


def ranks(values: list[Any]) -> list[Rank | None]:
    """A sort key per cell, None for missing ones."""
    if column_type(values) in ("date", "datetime"):
        found = iter(moments(values) or ())
        return [None if value is None else (_TEXT, next(found)) for value in values]
    return [None if value is None else rank(value) for value in values]
