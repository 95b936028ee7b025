"""Choosing, naming and ordering rows and columns: select, rename, sort, top, limit, sample. Called
by `agents.tables.pipeline`."""

import random
from typing import Any

from agents.tables.ordering import Rank, ranks
from agents.tables.steps.base import short
from agents.tables.steps.shaping import (
    LimitStep,
    RenameStep,
    SampleStep,
    SelectStep,
    SortKey,
    SortStep,
    TopStep,
)  # fmt: skip
from agents.tables.table import Table, rows_at
from agents.tables.work import Work


def select(table: Table, step: SelectStep, work: Work) -> Table:
    names = step.columns if step.columns is not None else step.drop or []
    field = "columns" if step.columns is not None else "drop"
    for position, name in enumerate(names):
        work.column(table, name, f"{field}.{position}")
    if step.drop is not None:
        dropped = set(step.drop)
        names = [name for name in table.columns if name not in dropped]
    return Table({name: table.columns[name] for name in names}, table.rows)


def rename(table: Table, step: RenameStep, work: Work) -> Table:
    for name in step.columns:
        work.column(table, name, f"columns.{name}")
    renamed: dict[str, list[Any]] = {}
    for name, values in table.columns.items():
        new = step.columns.get(name, name)
        if new in renamed:
            raise work.refusal("columns", f"two columns would be called {short(new)}.")
        renamed[new] = values
    return Table(renamed, table.rows)


def sort(table: Table, step: SortStep, work: Work) -> Table:
    positions = list(range(table.rows))
    for i, key in reversed(list(enumerate(step.by))):
        cells = work.column(table, key.column, f"by.{i}.column")
        positions = _sorted(positions, ranks(cells), key, missing_first=step.missing == "first")
    return rows_at(table, positions)


def top(table: Table, step: TopStep, work: Work) -> Table:
    """Rows whose cell is missing come last, and only when there are not n others."""
    cells = work.column(table, step.by, "by")
    key = SortKey(column=step.by, order=step.order)
    positions = _sorted(list(range(table.rows)), ranks(cells), key, missing_first=False)
    return rows_at(table, positions[: step.n])


def limit(table: Table, step: LimitStep, work: Work) -> Table:
    del work
    positions = range(table.rows)[step.offset : step.offset + step.n]
    return rows_at(table, list(positions))


def sample(table: Table, step: SampleStep, work: Work) -> Table:
    del work
    wanted = step.n if step.n is not None else round(table.rows * (step.fraction or 0))
    drawn = random.Random(step.seed).sample(range(table.rows), min(wanted, table.rows))  # noqa: S311
    return rows_at(table, sorted(drawn))


def _sorted(
    positions: list[int], keys: list[Rank | None], key: SortKey, *, missing_first: bool
) -> list[int]:
    """Stable in both directions: equal rows keep their order."""
    present = [p for p in positions if keys[p] is not None]
    missing = [p for p in positions if keys[p] is None]
    present.sort(key=lambda p: keys[p], reverse=key.order == "desc")  # type: ignore[arg-type,return-value]
    return missing + present if missing_first else present + missing
