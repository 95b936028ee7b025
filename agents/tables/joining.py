"""`join` and `append`: a second table beside or below the first. Called by the pipeline.

The size of a join is counted before a row of it is made, because equal keys multiply.
"""

from collections.abc import Hashable
from typing import Any

from agents.tables.ordering import row_keys
from agents.tables.steps.base import known, short
from agents.tables.steps.joining import AppendStep, JoinStep
from agents.tables.table import Table, rows_at
from agents.tables.work import Work

_Keys = list[tuple[Hashable, ...]]
_Places = dict[tuple[Hashable, ...], list[int]]
_Pair = tuple[int | None, int | None]


def join(table: Table, step: JoinStep, work: Work) -> Table:
    """Rows in the order of the first table, then of the second; those of the second that fit
    nothing come last."""
    other = _other(step.with_, work)
    left, right = _keys(table, other, step, work)
    places = _places(right)
    if step.how in ("semi", "anti"):
        wanted = step.how == "semi"
        return rows_at(table, [i for i, key in enumerate(left) if (key in places) is wanted])
    names = _new_names(table, other, step, work)
    work.check(rows=_count(left, right, places, step), columns=len(table.columns) + len(names))
    pairs = _pairs(left, right, places, step)
    columns = {name: _taken(cells, [a for a, _ in pairs]) for name, cells in table.columns.items()}
    for name, mine in step.on.items():
        columns[name] = _key_cells(table.columns[name], other.columns[mine], pairs)
    for name, new in names.items():
        columns[new] = _taken(other.columns[name], [b for _, b in pairs])
    return Table(columns, len(pairs))


def append(table: Table, step: AppendStep, work: Work) -> Table:
    other = _other(step.with_, work)
    rows = table.rows + other.rows
    names = list(table.columns | other.columns)
    work.check(rows=rows, columns=len(names))
    none_here, none_there = [None] * table.rows, [None] * other.rows
    columns = {
        name: table.columns.get(name, none_here) + other.columns.get(name, none_there)
        for name in names
    }
    return Table(columns, rows)


def _other(name: str, work: Work) -> Table:
    if name not in work.tables:
        why = f"there is no table {short(name)} in tables.{known(work.tables, name)}"
        raise work.refusal("with", why)
    return work.tables[name]


def _keys(table: Table, other: Table, step: JoinStep, work: Work) -> tuple[_Keys, _Keys]:
    for mine, theirs in step.on.items():
        work.column(table, mine, f"on.{mine}")
        if theirs not in other.columns:
            why = f"table {short(step.with_)} has no column {short(theirs)}."
            raise work.refusal(f"on.{mine}", why + known(other.columns, theirs))
    return row_keys(table, list(step.on)), row_keys(other, list(step.on.values()))


def _places(keys: _Keys) -> _Places:
    """Key -> rows that have it; a key with a missing cell fits nothing."""
    places: _Places = {}
    for row, key in enumerate(keys):
        if None not in key:
            places.setdefault(key, []).append(row)
    return places


def _count(left: _Keys, right: _Keys, places: _Places, step: JoinStep) -> int:
    lonely = 1 if step.how in ("left", "outer") else 0
    rows = sum(len(places.get(key, ())) or lonely for key in left)
    if step.how in ("right", "outer"):
        known_keys = set(left)
        rows += sum(None in key or key not in known_keys for key in right)
    return rows


def _pairs(left: _Keys, right: _Keys, places: _Places, step: JoinStep) -> list[_Pair]:
    pairs: list[_Pair] = []
    for row, key in enumerate(left):
        found = places.get(key)
        if found:
            pairs += [(row, there) for there in found]
        elif step.how in ("left", "outer"):
            pairs.append((row, None))
    if step.how in ("right", "outer"):
        known_keys = set(left)
        pairs += [(None, i) for i, k in enumerate(right) if None in k or k not in known_keys]
    return pairs


def _new_names(table: Table, other: Table, step: JoinStep, work: Work) -> dict[str, str]:
    """Columns of the second table that are no keys -> what they are called in the result."""
    keys = set(step.on.values())
    names = {
        name: f"{name}{step.suffix}" if name in table.columns else name
        for name in other.columns
        if name not in keys
    }
    taken = [*table.columns, *names.values()]
    if len(set(taken)) < len(taken):
        twice = next(name for name in names.values() if taken.count(name) > 1)
        raise work.refusal("suffix", f"two columns would be called {short(twice)}; choose another.")
    return names


def _taken(cells: list[Any], rows: list[int | None]) -> list[Any]:
    return [None if row is None else cells[row] for row in rows]


def _key_cells(mine: list[Any], theirs: list[Any], pairs: list[_Pair]) -> list[Any]:
    return [theirs[b] if a is None and b is not None else mine[a or 0] for a, b in pairs]
