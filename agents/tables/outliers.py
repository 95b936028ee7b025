"""`outliers`: which cells of number columns are far from the others, and what becomes of them.
Called by `agents.tables.pipeline`."""

from typing import Any

from agents.tables.column_types import column_type
from agents.tables.statistics import bounds
from agents.tables.steps.base import short
from agents.tables.steps.reports import OutliersStep
from agents.tables.table import Table, only
from agents.tables.work import Work

_EXAMPLES = 5
_MARK = "outlier"
_NUMBERS = ("integer", "number", "decimal")


def outliers(table: Table, step: OutliersStep, work: Work) -> tuple[Table, dict[str, Any]]:
    """The table, and `{"rows", "columns": {name: {"low", "high", "count", "examples": [{"row",
    "value"}]}}}`; rows counts those with an outlier, their numbers begin at 1."""
    columns, report = dict(table.columns), {}
    marked = [False] * table.rows
    for name in _names(table, step, work):
        low, high = bounds(table.columns[name], method=step.method, factor=step.factor)
        cells = table.columns[name]
        far = [_is_far(cell, low, high) for cell in cells]
        marked = [a or b for a, b in zip(marked, far, strict=True)]
        columns[name] = [_clipped(c, low, high) for c in cells] if step.action == "clip" else cells
        report[name] = {"low": low, "high": high, **_found(cells, far)}
    return _acted(table, columns, marked, step, work), {"rows": sum(marked), "columns": report}


def _names(table: Table, step: OutliersStep, work: Work) -> list[str]:
    if step.columns is None:
        return [name for name, cells in table.columns.items() if column_type(cells) in _NUMBERS]
    for i, name in enumerate(step.columns):
        found = column_type(work.column(table, name, f"columns.{i}"))
        if found not in (*_NUMBERS, "empty"):
            why = f"column {short(name)} holds {found}; expected numbers."
            raise work.refusal(f"columns.{i}", why)
    return step.columns


def _is_far(cell: Any, low: float | None, high: float | None) -> bool:
    return cell is not None and low is not None and high is not None and not low <= cell <= high


def _clipped(cell: Any, low: float | None, high: float | None) -> Any:
    if not _is_far(cell, low, high):
        return cell
    return low if low is not None and cell < low else high


def _found(cells: list[Any], far: list[bool]) -> dict[str, Any]:
    rows = [row for row, is_far in enumerate(far) if is_far]
    examples = [{"row": row + 1, "value": cells[row]} for row in rows[:_EXAMPLES]]
    return {"count": len(rows), "examples": examples}


def _acted(
    table: Table, columns: dict[str, list[Any]], marked: list[bool], step: OutliersStep, work: Work
) -> Table:
    if step.action == "drop":
        return only(table, [not mark for mark in marked])
    if step.action == "mark":
        work.new_name(table, _MARK, "action")
        work.check(rows=table.rows, columns=len(columns) + 1)
        columns[_MARK] = marked
    return Table(columns, table.rows)
