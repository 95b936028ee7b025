"""Tables out of JSON values: records, columns and split. Called by `reading` and `json_text`.

NaN (only Python callers can send it) is missing, Infinity is refused.
"""

import math
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from agents.errors import InvalidInput
from agents.tables.table import Limits, Table, kind


def from_records(records: Any, *, path: str, limits: Limits) -> Table:
    """A list of objects. Columns are the keys in order of appearance; an absent key is missing."""
    if not isinstance(records, list):
        raise InvalidInput(f"{path} is {kind(records)}; expected a list of objects.")
    _check_records(records, path)
    if len(set(map(len, records))) == 1 and (table := _even(records, path, limits)):
        return table
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
        if len(names) > limits.columns:
            break  # before a hostile list of ever new keys fills the memory
    limits.check(rows=len(records), columns=len(names), path=path)
    return _table({name: [r.get(name) for r in records] for name in names}, len(records), path)


def _check_records(records: list[Any], path: str) -> None:
    if set(map(type, records)) <= {dict}:
        return
    for position, record in enumerate(records):
        if not isinstance(record, dict):
            raise InvalidInput(
                f"{path}.{position} is {kind(record)}; expected an object with one value per "
                'column, such as {"name": "Ada", "age": 36}.'
            )


def _even(records: list[dict[str, Any]], path: str, limits: Limits) -> Table | None:
    """Of equally long rows: None unless they all have the same keys, as a program writes them."""
    names = list(records[0])
    limits.check(rows=len(records), columns=len(names), path=path)
    try:
        columns = {name: list(map(itemgetter(name), records)) for name in names}
    except KeyError:
        return None
    return _table(columns, len(records), path)


def from_columns(columns: Any, *, path: str, limits: Limits) -> Table:
    """An object of equally long lists."""
    if not isinstance(columns, dict):
        raise InvalidInput(f"{path} is {kind(columns)}; expected an object of lists.")
    for name, values in columns.items():
        if not isinstance(values, list):
            raise InvalidInput(
                f"{path}.{name} is {kind(values)}; expected a list with the column's values."
            )
    lengths = {str(name): len(values) for name, values in columns.items()}
    rows = next(iter(lengths.values()), 0)
    for name, length in lengths.items():
        if length != rows:
            first = next(iter(lengths))
            raise InvalidInput(
                f"{path}.{name} has {length} values, but {path}.{first} has {rows}; "
                "all columns need the same length."
            )
    limits.check(rows=rows, columns=len(lengths), path=path)
    return _table(columns, rows, path)


def from_split(split: Any, *, path: str, limits: Limits) -> Table:
    """`{"columns": [names], "data": [rows]}`, as pandas' orient "split"; an `index` is left out."""
    names, rows = _parts_of_split(split, path)
    limits.check(rows=len(rows), columns=len(names), path=path)
    for position, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            got = f"{len(row)} values" if isinstance(row, list) else kind(row)
            raise InvalidInput(
                f"{path}.data.{position} is {got}; expected a list of {len(names)} values, one per "
                "column."
            )
    cells = map(list, zip(*rows, strict=True)) if rows else ([] for _ in names)
    return _table(dict(zip(names, cells, strict=bool(names))), len(rows), path)


def _parts_of_split(split: Any, path: str) -> tuple[list[str], list[Any]]:
    names = split.get("columns") if isinstance(split, dict) else None
    rows = split.get("data") if isinstance(split, dict) else None
    if not isinstance(names, list) or not isinstance(rows, list):
        raise InvalidInput(f'{path}: expected {{"columns": [names], "data": [rows]}}.')
    for position, name in enumerate(names):
        if not isinstance(name, str):
            raise InvalidInput(f"{path}.columns.{position} is {kind(name)}; expected a name.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(
            f"{path}.columns names {twice!r} more than once; every column needs its own name."
        )
    return names, rows


def _table(columns: dict[Any, list[Any]], rows: int, path: str) -> Table:
    return Table({str(k): _column(v, f"{path}.{k}") for k, v in columns.items()}, rows)


def _column(values: list[Any], path: str) -> list[Any]:
    """NaN (only Python callers can send it) is missing; Infinity is refused."""
    if all(map(math.isfinite, _floats(values))):
        return values
    if any(map(math.isinf, _floats(values))):
        raise InvalidInput(f"{path} holds Infinity; expected finite numbers.")
    return [None if type(value) is float and math.isnan(value) else value for value in values]


def _floats(values: list[Any]) -> Iterable[float]:
    """A column is mostly of one type: whether it holds floats is known faster than which."""
    kinds = set(map(type, values))
    if float not in kinds:
        return ()
    if kinds == {float}:
        return values
    return [value for value in values if type(value) is float]
