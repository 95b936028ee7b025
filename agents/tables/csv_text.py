"""CSV text to a `Table`. Text only: nothing here opens a path or a URL.

Python's own reader instead of pandas', because it tells the line of a damaged row, sees duplicate
names, and leaves the typing to `numbers_in_text`. Called by `agents.data`.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from agents.errors import InvalidInput
from agents.tables.numbers_in_text import typed
from agents.tables.table import Limits, Table

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 20
MISSING = frozenset(
    [
        "#N/A",
        "#NA",
        "-NaN",
        "-nan",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    ]
)
"""What spreadsheets, R and databases write for a missing cell: pandas' own list, by and large."""


def from_csv(
    text: str,
    *,
    path: str,
    limits: Limits,
    delimiter: str | None = None,
    decimal: str = ".",
    missing: frozenset[str] = MISSING,
) -> Table:
    """First row: column names. Blank lines are skipped, empty cells and those that say one of
    `missing` are missing.

    Without a delimiter, the one of `, ; tab |` that splits the first rows evenly is taken.
    """
    text = text.removeprefix("\ufeff")
    rows = _rows(text, delimiter or detect_delimiter(text), path)
    _, header = next(rows, (0, []))
    if not header:
        raise InvalidInput(f"{path} is empty; expected CSV text whose first row names the columns.")
    limits.check(rows=0, columns=len(header), path=path)
    names = _names(header, path)
    allowed = min(limits.rows, limits.cells // len(names))
    cells: list[list[str]] = []
    for line, row in rows:
        if len(row) != len(names):
            raise InvalidInput(
                f"{path}, line {line}: {len(row)} cells, but the first row names {len(names)} "
                "columns. Quote cells that hold the delimiter."
            )
        cells.append(["" if cell in missing else cell for cell in row])
        if len(cells) > allowed:
            limits.check(rows=len(cells), columns=len(names), path=path)
    columns = zip(*cells, strict=True) if cells else [()] * len(names)
    table = {name: typed(column, decimal) for name, column in zip(names, columns, strict=True)}
    return Table(table, len(cells))


def detect_delimiter(text: str) -> str:
    """The candidate that gives the most columns, the same number in each of the first rows."""
    best, width = ",", 1
    for candidate in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=candidate)
        try:
            widths = {len(row) for row in islice(reader, _SAMPLE_ROWS) if row}
        except csv.Error:
            continue
        if len(widths) == 1 and max(widths) > width:
            best, width = candidate, max(widths)
    return best


def _rows(text: str, delimiter: str, path: str) -> Iterator[tuple[int, list[str]]]:
    """(line where the row ends, its cells) for every row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise InvalidInput(
            f"{path}, line {reader.line_num}: not readable as CSV ({error})."
        ) from error


def _names(header: list[str], path: str) -> list[str]:
    """Stripped; a nameless column (an exported index) is called column_1, column_2 …"""
    names = [name.strip() or f"column_{i}" for i, name in enumerate(header, start=1)]
    twice = [repr(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InvalidInput(
            f"{path}: the first row names {', '.join(twice[:10])} more than once; "
            "every column needs its own name."
        )
    return names
