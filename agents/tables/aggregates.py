"""Statistics of a column per group of rows, for group, pivot and resample. The groups are numbers:
one per row. Called by `grouping`, `pivoting` and `resampling`.

Sums and extremes are exact and keep their type; mean, median and std are pandas' own. Missing
cells count for nothing; a group without present cells has None (sum and distinct: 0).
"""

import math
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from agents.tables.column_types import column_type
from agents.tables.ordering import Rank, ranks, same_cells
from agents.tables.statistics import grouped
from agents.tables.steps.base import short
from agents.tables.steps.grouping import Aggregate
from agents.tables.table import Table
from agents.tables.work import Work

_NUMBERS = ("integer", "number", "decimal", "empty")
_NUMERIC = {"sum", "mean", "median", "std"}


def aggregated(
    table: Table, wanted: Aggregate, work: Work, where: str, *, codes: list[int], groups: int
) -> list[Any]:
    """One value per group, which are numbered 0 … groups - 1 in codes; `where` is the path of the
    column below the step."""
    if wanted.column is None:
        sizes = Counter(codes)
        return [sizes[group] for group in range(groups)]
    cells = work.column(table, wanted.column, where)
    if wanted.function in _NUMERIC:
        _check_numbers(cells, wanted, work, where)
    if wanted.function in ("mean", "median", "std"):
        return grouped(cells, codes, groups, how=wanted.function)
    members: list[list[int]] = [[] for _ in range(groups)]
    for position, (code, cell) in enumerate(zip(codes, cells, strict=True)):
        if cell is not None:
            members[code].append(position)
    reduce = _reducer(wanted.function, cells)
    return [reduce(positions) for positions in members]


def _check_numbers(cells: list[Any], wanted: Aggregate, work: Work, where: str) -> None:
    if (found := column_type(cells)) in _NUMBERS:
        return
    raise work.refusal(
        where,
        f"{wanted.function} needs numbers, but column {short(wanted.column or '')} holds {found}. "
        "Convert it in a clean step.",
    )


def _reducer(function: str, cells: list[Any]) -> Callable[[list[int]], Any]:
    """From the positions of a group's present cells to its value."""
    if function == "count":
        return len
    if function == "sum":
        return lambda positions: total([cells[p] for p in positions])
    if function in ("first", "last"):
        return lambda positions: cells[positions[-(function == "last")]] if positions else None
    if function in ("min", "max"):
        return _extreme(ranks(cells), cells, min if function == "min" else max)
    keys = same_cells(cells)
    if function == "distinct":
        return lambda positions: len({keys[p] for p in positions})
    return _mode(keys, cells)


def total(values: list[Any]) -> Any:
    """Exact for integers and decimals; of floats the sum that is nearest; None beyond a float."""
    try:
        if any(type(value) is Decimal for value in values):
            return sum(Decimal(repr(v)) if type(v) is float else v for v in values)
        return math.fsum(values) if any(type(v) is float for v in values) else sum(values)
    except (OverflowError, ArithmeticError):
        return None


def _extreme(
    keys: list[Rank | None], cells: list[Any], choose: Callable[..., int]
) -> Callable[[list[int]], Any]:
    def reduce(positions: list[int]) -> Any:
        return cells[choose(positions, key=lambda p: keys[p])] if positions else None

    return reduce


def _mode(keys: Any, cells: list[Any]) -> Callable[[list[int]], Any]:
    """The most frequent value; of several the one that comes first."""

    def reduce(positions: list[int]) -> Any:
        if not positions:
            return None
        winner = Counter(keys[p] for p in positions).most_common(1)[0][0]
        return next(cells[p] for p in positions if keys[p] == winner)

    return reduce
