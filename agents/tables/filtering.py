"""Which rows a condition is true for. Called by the pipeline for `filter`, and by `deriving`.

Values are compared as what they are: a number with a column of texts is a mistake of the condition
and refused, a cell of another kind in a mixed column is simply not equal. A missing cell fits
nothing but `missing`; `not` turns that round like everything else.
"""

import operator
from collections.abc import Callable
from typing import Any

from agents.tables.column_types import column_type, moments
from agents.tables.ordering import Rank, rank, ranks
from agents.tables.steps.base import short
from agents.tables.steps.conditions import All, AnyOf, Compare, Condition
from agents.tables.steps.shaping import FilterStep
from agents.tables.table import Table, kind, only
from agents.tables.work import Work

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": operator.contains, "starts_with": str.startswith, "ends_with": str.endswith,
}  # fmt: skip
_TIMES = ("date", "datetime")


def filter_rows(table: Table, step: FilterStep, work: Work) -> Table:
    return only(table, fits(table, step.where, work, "where"))


def fits(table: Table, condition: Condition, work: Work, where: str) -> list[bool]:
    """Per row, whether the condition is true; `where` is its path below the step."""
    if isinstance(condition, Compare):
        return _compared(table, condition, work, where)
    if isinstance(condition, (All, AnyOf)):
        name = "all" if isinstance(condition, All) else "any"
        inner = [
            fits(table, part, work, f"{where}.{name}.{i}")
            for i, part in enumerate(getattr(condition, name))
        ]
        joined = all if name == "all" else any
        return [joined(row) for row in zip(*inner, strict=True)]
    return [not value for value in fits(table, condition.not_, work, f"{where}.not")]


def _compared(table: Table, compare: Compare, work: Work, where: str) -> list[bool]:
    cells = work.column(table, compare.column, f"{where}.column")
    if compare.is_ in ("missing", "present"):
        wanted = compare.is_ == "missing"
        return [(value is None) is wanted for value in cells]
    if compare.other_column is not None:
        other = work.column(table, compare.other_column, f"{where}.other_column")
        _check_zones(cells, other, compare, work, where)
        return _against_column(compare, *_folded(compare, cells, other))
    values = [compare.value] if compare.values is None else compare.values
    _check_kinds(cells, values, compare, work, where)
    return _against_values(compare, *_folded(compare, cells, values))


def _folded(compare: Compare, *columns: list[Any]) -> list[list[Any]]:
    """Dates stay as they are: they have no case that would matter."""
    if not compare.ignore_case or column_type(columns[0]) in _TIMES:
        return list(columns)
    return [[v.casefold() if isinstance(v, str) else v for v in column] for column in columns]


def _check_kinds(
    cells: list[Any], values: list[Any], compare: Compare, work: Work, where: str
) -> None:
    """Refuse what could never be true, mostly because somebody forgot to convert the column."""
    ranks_of_cells = {rank(value)[0] for value in cells if value is not None}
    times = column_type(cells) in _TIMES and compare.is_ not in _TEXT_TESTS
    for position, value in enumerate(values if ranks_of_cells else ()):
        at = f"{where}.value" if compare.values is None else f"{where}.values.{position}"
        holds = f"column {short(compare.column)} holds {column_type(cells)}"
        if rank(value)[0] not in ranks_of_cells:
            why = f"{holds}, but this is {kind(value)}. Convert the column in a clean step."
            raise work.refusal(at, why)
        if times and not _agree(cells, [value]):
            example = next(cell for cell in cells if cell is not None)
            why = f"{holds}; expected a date written like its own, such as {example}."
            raise work.refusal(at, why)


def _check_zones(
    cells: list[Any], other: list[Any], compare: Compare, work: Work, where: str
) -> None:
    if column_type(cells) in _TIMES and column_type(other) in _TIMES and not _agree(cells, other):
        raise work.refusal(
            f"{where}.other_column",
            f"one of {short(compare.column)} and {short(compare.other_column or '')} has a time "
            "zone and the other has none, so they cannot be compared.",
        )


def _agree(cells: list[Any], values: list[Any]) -> bool:
    """Whether all are moments that can be compared with each other."""
    if column_type(values) not in _TIMES:
        return False
    first = next(cell for cell in cells if cell is not None)  # stands for its whole column
    return moments([first, *values]) is not None


def _against_values(compare: Compare, cells: list[Any], values: list[Any]) -> list[bool]:
    if test := _TEXT_TESTS.get(compare.is_):
        return [isinstance(cell, str) and test(cell, values[0]) for cell in cells]
    found = ranks([*cells, *values])
    keys, wanted = found[: len(cells)], found[len(cells) :]
    if compare.is_ in ("=", "!=", "in", "not_in"):
        negated, among = compare.is_ in ("!=", "not_in"), set(wanted)
        return [key is not None and (key in among) is not negated for key in keys]
    if compare.is_ == "between":
        low, high = wanted
        return [_ordered(key, low, ">=") and _ordered(key, high, "<=") for key in keys]
    return [_ordered(key, wanted[0], compare.is_) for key in keys]


def _ordered(key: Rank | None, limit: Rank | None, order: str) -> bool:
    if key is None or limit is None or key[0] != limit[0]:
        return False
    return _ORDERS[order](key[1], limit[1])


def _against_column(compare: Compare, cells: list[Any], other: list[Any]) -> list[bool]:
    pairs = zip(cells, other, strict=True)
    if test := _TEXT_TESTS.get(compare.is_):
        return [isinstance(a, str) and isinstance(b, str) and test(a, b) for a, b in pairs]
    found = ranks([*cells, *other])
    keys = zip(found[: len(cells)], found[len(cells) :], strict=True)
    if compare.is_ in ("=", "!="):
        negated = compare.is_ == "!="
        return [None not in pair and (pair[0] == pair[1]) is not negated for pair in keys]
    return [_ordered(a, b, compare.is_) for a, b in keys]
