"""`pivot` and `unpivot`: values to columns, and columns to values. Called by the pipeline."""

from typing import Any

from agents.tables.aggregates import aggregated
from agents.tables.conversion import as_text
from agents.tables.grouping import numbered
from agents.tables.ordering import row_keys, same_cells
from agents.tables.steps.base import short
from agents.tables.steps.grouping import Aggregate, PivotStep, UnpivotStep
from agents.tables.table import Table
from agents.tables.work import Work

_MISSING = "(missing)"


def pivot(table: Table, step: PivotStep, work: Work) -> Table:
    """Rows and columns in order of appearance; a column is called like the text of its value."""
    for i, name in enumerate(step.index):
        work.column(table, name, f"index.{i}")
    heads = work.column(table, step.columns, "columns")
    rows, row_firsts = numbered(row_keys(table, step.index))
    places, head_firsts = numbered(same_cells(heads))
    names = [_name(heads[first]) for first in head_firsts]
    work.check(rows=len(row_firsts), columns=len(step.index) + len(names))
    _check_names(step, names, work)
    columns: dict[str, list[Any]] = {
        name: [table.columns[name][row] for row in row_firsts] for name in step.index
    }
    columns |= _spread(table, step, work, rows=rows, places=places, names=names, of=len(row_firsts))
    return Table(columns, len(row_firsts))


def _spread(
    table: Table, step: PivotStep, work: Work,
    *, rows: list[int], places: list[int], names: list[str], of: int,
) -> dict[str, list[Any]]:  # fmt: skip
    """The statistics of each combination that exists, in its column and row; None elsewhere."""
    cells, firsts = numbered(list(zip(rows, places, strict=True)))
    wanted = Aggregate.model_construct(function=step.function, column=step.values)
    values = aggregated(table, wanted, work, "values", codes=cells, groups=len(firsts))
    found: dict[str, list[Any]] = {name: [None] * of for name in names}
    for first, value in zip(firsts, values, strict=True):
        found[names[places[first]]][rows[first]] = value
    return found


def _name(value: Any) -> str:
    return _MISSING if value is None else as_text(value)


def _check_names(step: PivotStep, names: list[str], work: Work) -> None:
    seen = set(step.index)
    for name in names:
        if name in seen:
            why = f"two columns would be called {short(name)}; rename or convert before."
            raise work.refusal("columns", why)
        seen.add(name)


def unpivot(table: Table, step: UnpivotStep, work: Work) -> Table:
    for i, name in enumerate(step.keep):
        work.column(table, name, f"keep.{i}")
    for i, name in enumerate(step.columns or ()):
        work.column(table, name, f"columns.{i}")
    names = step.columns or [name for name in table.columns if name not in set(step.keep)]
    for field, name in (("name_to", step.name_to), ("value_to", step.value_to)):
        if name in step.keep or step.name_to == step.value_to:
            raise work.refusal(field, f"there is a column {short(name)} already; choose another.")
    rows = table.rows * len(names)
    work.check(rows=rows, columns=len(step.keep) + 2)
    columns = {
        name: [v for v in table.columns[name] for _ in names] for name in dict.fromkeys(step.keep)
    }
    columns[step.name_to] = names * table.rows
    cells = zip(*(table.columns[name] for name in names), strict=True)
    columns[step.value_to] = [value for row in cells for value in row]
    return Table(columns, rows)
