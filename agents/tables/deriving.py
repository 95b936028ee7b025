"""`derive`: a column computed row by row from a tree of functions. Called by the pipeline.

A function with a missing operand gives a missing cell, except coalesce, which takes the first that
is there. What the functions do stands in `arithmetic` and `texts`.
"""

from collections.abc import Callable
from itertools import repeat
from typing import Any

from agents.tables import arithmetic, texts
from agents.tables.column_types import identity
from agents.tables.filtering import fits
from agents.tables.steps.expressions import Call, ColumnOperand, Operand, ValueOperand
from agents.tables.steps.shaping import DeriveStep
from agents.tables.table import Table
from agents.tables.work import Work

_FUNCTIONS: dict[str, Callable[..., Any]] = {**arithmetic.FUNCTIONS, **texts.FUNCTIONS}


class _Failed:
    """In place of a cell: what was expected, and the function's path."""

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why


def derive(table: Table, step: DeriveStep, work: Work) -> Table:
    work.check(rows=table.rows, columns=len(table.columns | {step.column: []}))
    found = _call(table, step, work, "")
    if step.where is not None:
        found = _where(table, step, work, found)
    return Table(table.columns | {step.column: _settled(table, step, work, found)}, table.rows)


def _where(table: Table, step: DeriveStep, work: Work, found: list[Any]) -> list[Any]:
    chosen = fits(table, step.where, work, "where") if step.where is not None else []
    others = table.columns.get(step.column, [None] * table.rows)
    if step.otherwise is not None:
        others = _operand(table, step.otherwise, work, "otherwise")
    return [a if yes else b for a, b, yes in zip(found, others, chosen, strict=True)]


def _settled(table: Table, step: DeriveStep, work: Work, found: list[Any]) -> list[Any]:
    failed = [i for i, value in enumerate(found) if isinstance(value, _Failed)]
    if not failed:
        return found
    if step.on_error == "null":
        return [None if isinstance(value, _Failed) else value for value in found]
    first = found[failed[0]]
    raise work.refusal(
        first.where,
        f"row {failed[0] + 1} of {table.rows}: {first.why}; {len(failed)} such rows. Correct "
        'them with a step before, or set on_error to "null".',
    )


def _call(table: Table, call: Call, work: Work, where: str) -> list[Any]:
    below = f"{where}." if where else ""
    operands = [
        _operand(table, operand, work, f"{below}of.{i}") for i, operand in enumerate(call.of)
    ]
    rows = zip(*operands, strict=True)
    if call.function == "coalesce":
        return [next((v for v in row if v is not None), None) for row in rows]
    apply = _applied(call.function, work, f"{below}of")
    return [apply(row) for row in rows]


def _operand(table: Table, operand: Operand, work: Work, where: str) -> list[Any]:
    if isinstance(operand, ValueOperand):
        return list(repeat(operand.value, table.rows))
    if isinstance(operand, ColumnOperand):
        return work.column(table, operand.column, where)
    return _call(table, operand, work, where)


def _applied(name: str, work: Work, where: str) -> Callable[[tuple[Any, ...]], Any]:
    function = _FUNCTIONS[name]

    def apply(row: tuple[Any, ...]) -> Any:
        for value in row:
            if value is None or isinstance(value, _Failed):
                return value
        try:
            return _paid(function(*row), work)
        except (TypeError, OverflowError) as error:
            got = ", ".join(identity(value)[:40] for value in row)
            return _Failed(where, f"{name} expected {error}; got {got}")

    return apply


def _paid(value: Any, work: Work) -> Any:
    if isinstance(value, str):
        work.spend(len(value))
    return value
