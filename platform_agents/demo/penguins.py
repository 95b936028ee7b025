"""The demo's real data set, `penguins.csv`, as a caller would send it: records of JSON values.

See README.md for where it comes from. `NA` is what R writes for a missing value; JSON has null.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("penguins.csv")
_MISSING = "NA"


def records() -> list[dict[str, Any]]:
    """344 penguins: species, island, four measurements, sex, year."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    types = {name: _type([row[name] for row in rows]) for name in rows[0]}
    return [
        {name: None if cell == _MISSING else types[name](cell) for name, cell in row.items()}
        for row in rows
    ]


def _type(cells: list[str]) -> Callable[[str], Any]:
    for candidate in (int, float):
        try:
            [candidate(cell) for cell in cells if cell != _MISSING]
        except ValueError:
            continue
        return candidate
    return str
