"""Runs the steps of a pipeline, one after the other. Called by `agents.data` inside the host; it
brings pandas in.

A step gives a table that the next one takes, or a report, or both. Nothing is changed in place.
"""

from collections.abc import Callable, Mapping
from typing import Any

from agents.errors import InvalidInput
from agents.tables import (
    charting,
    cleaning,
    deriving,
    filtering,
    grouping,
    joining,
    outliers,
    overview,
    pivoting,
    resampling,
    shaping,
    statistics,
    validating,
)  # fmt: skip
from agents.tables.steps import Step, reports
from agents.tables.steps.base import short
from agents.tables.steps.shaping import CleanStep
from agents.tables.table import Limits, Table
from agents.tables.work import Budget, Work

_TABLES: dict[str, Callable[[Table, Any, Work], Table]] = {
    "select": shaping.select,
    "rename": shaping.rename,
    "filter": filtering.filter_rows,
    "derive": deriving.derive,
    "sort": shaping.sort,
    "top": shaping.top,
    "limit": shaping.limit,
    "sample": shaping.sample,
    "group": grouping.group,
    "pivot": pivoting.pivot,
    "unpivot": pivoting.unpivot,
    "resample": resampling.resample,
    "join": joining.join,
    "append": joining.append,
}


def run(
    table: Table, steps: list[Step], *, path: str, limits: Limits, tables: Mapping[str, Table]
) -> tuple[Table, dict[str, Any], list[dict[str, Any]]]:
    """(the last table, reports by name, `[{"op", "rows"}]`). `path` is the pipeline's, for
    messages. Raises InvalidInput."""
    found: dict[str, Any] = {}
    done: list[dict[str, Any]] = []
    budget = Budget()
    for number, step in enumerate(steps):
        work = Work(
            path=f"{path}.{number}", op=step.op, limits=limits, tables=tables, budget=budget
        )
        if step.op in _TABLES:
            table = _TABLES[step.op](table, step, work)
        else:
            table, report = _REPORTS[step.op](table, step, work)
            found[_name(step, found, work)] = report
        done.append({"op": step.op, "rows": table.rows})
    return table, found, done


def _name(step: Any, taken: dict[str, Any], work: Work) -> str:
    """The step's own, else its op: the second describe is called describe_2."""
    if step.name is not None:
        if step.name in taken:
            raise work.refusal("name", f"there is a report {short(step.name)} already.")
        return str(step.name)
    number = next(n for n in range(1, len(taken) + 2) if _numbered(step.op, n) not in taken)
    return _numbered(step.op, number)


def _numbered(op: str, number: int) -> str:
    return op if number == 1 else f"{op}_{number}"


def _clean(table: Table, step: CleanStep, work: Work) -> tuple[Table, dict[str, Any]]:
    """Its own messages begin with the path of the option."""
    try:
        return cleaning.clean(table, step, path=work.path)
    except InvalidInput as error:
        if str(error).startswith(work.path):
            raise
        raise work.refusal("", str(error)) from None


def _describe(table: Table, _: reports.DescribeStep, __: Work) -> tuple[Table, dict[str, Any]]:
    return table, {"rows": table.rows, "columns": statistics.describe(table)}


def _summary(table: Table, _: reports.SummaryStep, __: Work) -> tuple[Table, dict[str, Any]]:
    return table, {"rows": table.rows} | overview.summary(table)


def _chart(table: Table, step: reports.ChartStep, work: Work) -> tuple[Table, dict[str, Any]]:
    return table, charting.chart(table, step, work)


_REPORTS: dict[str, Callable[[Table, Any, Work], tuple[Table, dict[str, Any]]]] = {
    "clean": _clean,
    "describe": _describe,
    "summary": _summary,
    "validate": validating.validate,
    "outliers": outliers.outliers,
    "chart": _chart,
}
