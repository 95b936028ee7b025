"""What a step of a pipeline works with besides its table: its place for messages, the limits, the
other tables, and how much text the pipeline may still make. Made by `agents.tables.pipeline`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.errors import InvalidInput
from agents.tables.steps.base import known, short
from agents.tables.table import Limits, Table

_MOST_CHARACTERS = 100_000_000


@dataclass(kw_only=True)
class Budget:
    """Characters that the steps of one run may still make: texts that grow are paid for before
    they exist."""

    characters: int = _MOST_CHARACTERS


@dataclass(frozen=True, kw_only=True)
class Work:
    """`path` is the step's, such as config.pipeline.2."""

    path: str
    op: str
    limits: Limits
    tables: Mapping[str, Table] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)

    def refusal(self, where: str, why: str) -> InvalidInput:
        """To raise; `where` is the path below the step, "" for the step itself."""
        path = f"{self.path}.{where}" if where else self.path
        return InvalidInput(f"{path} ({self.op}): {why}")

    def column(self, table: Table, name: str, where: str) -> list[Any]:
        """The column that the step names at `where`. Raises InvalidInput."""
        if name not in table.columns:
            why = f"there is no column {short(name)}.{known(table.columns, name)}"
            raise self.refusal(where, why)
        return table.columns[name]

    def check(self, *, rows: int, columns: int) -> None:
        """Before a table of this size is made. Raises InvalidInput."""
        self.limits.check(rows=rows, columns=columns, path=f"{self.path} ({self.op})")

    def new_name(self, table: Table, name: str, where: str) -> None:
        """Raises InvalidInput when the table has such a column already."""
        if name in table.columns:
            raise self.refusal(
                where, f"there is a column {short(name)} already; choose another name."
            )

    def spend(self, characters: int) -> None:
        """Raises InvalidInput when the pipeline makes too much text."""
        self.budget.characters -= characters
        if self.budget.characters < 0:
            why = f"the pipeline makes more than {_MOST_CHARACTERS:,} characters of text."
            raise self.refusal("", why)
