"""The input's table, whichever way it was sent. Imports nothing heavy. Called by `agents.data`."""

from dataclasses import dataclass
from typing import Any

from agents.errors import InvalidInput
from agents.tables.csv_text import from_csv
from agents.tables.json_tables import from_columns, from_records, from_split
from agents.tables.json_text import from_jsonl
from agents.tables.table import Limits, Table, kind

SOURCES = ("data", "records", "columns", "split", "csv", "jsonl")
_FROM_JSON = {
    "records": from_records, "columns": from_columns, "split": from_split, "jsonl": from_jsonl,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reader:
    """How to read; all but the limits is for CSV text."""

    limits: Limits
    missing: frozenset[str]
    delimiter: str | None = None
    decimal: str = "."

    def table(self, value: Any, *, source: str, path: str) -> Table:
        """`source` is one of SOURCES; data means records, columns or CSV text. Raises
        InvalidInput."""
        if source == "data":
            source = _source_of(value, path)
        if source != "csv":
            return _FROM_JSON[source](value, path=path, limits=self.limits)
        if not isinstance(value, str):
            raise InvalidInput(f"{path} is {kind(value)}; expected CSV text.")
        return from_csv(
            value, path=path, limits=self.limits, delimiter=self.delimiter, decimal=self.decimal,
            missing=self.missing,
        )  # fmt: skip


def _source_of(value: Any, path: str) -> str:
    for name, type_ in (("records", list), ("columns", dict), ("csv", str)):
        if isinstance(value, type_):
            return name
    raise InvalidInput(f"{path} is {kind(value)}; expected records, columns or CSV text.")
