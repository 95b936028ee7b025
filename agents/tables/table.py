"""A table as plain Python columns.

Values stay what JSON said (int, float, str, bool, nested), so an integer next to a missing cell
never passes through a float. Missing is None. Made by `json_tables`, `json_text` and `csv_text`.
"""

from dataclasses import dataclass
from itertools import compress
from typing import Any

from agents.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The largest table the agent takes; one more is InvalidInput."""

    rows: int
    columns: int
    cells: int

    def check(self, *, rows: int, columns: int, path: str) -> None:
        """Raises InvalidInput when the table at `path` has more than allowed."""
        found = {"rows": rows, "columns": columns, "cells": rows * columns}
        for what, count in found.items():
            limit: int = getattr(self, what)
            if count > limit:
                raise InvalidInput(
                    f"{path} has {count:,} {what}; the module allows {limit:,}. Send fewer, or "
                    f"raise max_{what} in the module's config."
                )


@dataclass(frozen=True)
class Table:
    """Columns in order, all `rows` long."""

    columns: dict[str, list[Any]]
    rows: int

    def records(self) -> list[dict[str, Any]]:
        """The rows as objects; every row has every column."""
        names = list(self.columns)
        if not names:
            return [{} for _ in range(self.rows)]
        return [
            dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)
        ]


def only(table: Table, keep: list[bool]) -> Table:
    """The rows whose place in `keep` is true."""
    columns = {name: list(compress(values, keep)) for name, values in table.columns.items()}
    return Table(columns, sum(keep))


def rows_at(table: Table, positions: list[int]) -> Table:
    """These rows, in this order."""
    columns = {
        name: [values[position] for position in positions] for name, values in table.columns.items()
    }
    return Table(columns, len(positions))


def first_rows(table: Table, rows: int) -> Table:
    if rows >= table.rows:
        return table
    return Table({name: values[:rows] for name, values in table.columns.items()}, rows)


def kind(value: Any) -> str:
    """What JSON calls the value, with its article, for messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names.get(type(value), f"a {type(value).__name__}")
