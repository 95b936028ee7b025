"""`group`: one row per distinct combination of cells. Called by `agents.tables.pipeline`."""

from collections.abc import Hashable, Sequence
from typing import Any

from agents.tables.aggregates import aggregated
from agents.tables.ordering import row_keys
from agents.tables.steps.base import short
from agents.tables.steps.grouping import Aggregate, GroupStep
from agents.tables.table import Table
from agents.tables.work import Work


def group(table: Table, step: GroupStep, work: Work) -> Table:
    """Missing cells are a group of their own. Without `by` there is one row, also of no rows."""
    for i, name in enumerate(step.by):
        work.column(table, name, f"by.{i}")
    if not step.by:
        return _one_row(table, step, work)
    codes, firsts = numbered(row_keys(table, step.by))
    work.check(rows=len(firsts), columns=len(step.by) + len(step.aggregate))
    columns = {name: [table.columns[name][row] for row in firsts] for name in step.by}
    columns |= statistics_of(
        table, step.aggregate, work, taken=columns, codes=codes, groups=len(firsts)
    )
    return Table(columns, len(firsts))


def _one_row(table: Table, step: GroupStep, work: Work) -> Table:
    found = statistics_of(table, step.aggregate, work, taken={}, codes=[0] * table.rows, groups=1)
    return Table(found, 1)


def statistics_of(
    table: Table,
    aggregate: dict[str, Aggregate],
    work: Work,
    *,
    taken: dict[str, list[Any]],
    codes: list[int],
    groups: int,
) -> dict[str, list[Any]]:
    """New columns of a table with one row per group; `taken` are those it has already."""
    found: dict[str, list[Any]] = {}
    for name, wanted in aggregate.items():
        if name in taken:
            raise work.refusal(
                f"aggregate.{name}",
                f"there is a column {short(name)} already; choose another name.",
            )
        found[name] = aggregated(
            table, wanted, work, f"aggregate.{name}.column", codes=codes, groups=groups
        )
    return found


def numbered(keys: Sequence[Hashable]) -> tuple[list[int], list[int]]:
    """(per row the number of its group, in order of appearance; each group's first row)."""
    numbers: dict[Hashable, int] = {}
    codes = [numbers.setdefault(key, len(numbers)) for key in keys]
    firsts: list[int] = []
    for row, code in enumerate(codes):
        if code == len(firsts):
            firsts.append(row)
    return codes, firsts
