"""Steps that make one row of several, and back. How: `agents.tables.grouping`, `pivoting`,
`resampling`.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from agents.tables.steps.base import StepModel, refused_at
from agents.tables.steps.shaping import Names

Statistic = Literal[
    "count", "sum", "mean", "median", "min", "max", "std", "first", "last", "distinct", "mode"
]
Unit = Literal["minute", "hour", "day", "week", "month", "quarter", "year"]
_DIVIDED = {"minute": 60, "hour": 24, "quarter": 4, "month": 12}


class Aggregate(StepModel):
    """A statistic of a column's present cells; count without a column counts rows."""

    function: Statistic
    column: str | None = None

    @model_validator(mode="after")
    def _has_a_column(self) -> Self:
        if self.column is None and self.function != "count":
            raise refused_at(("column",), f"{self.function} needs a column")
        return self


class GroupStep(StepModel):
    """One row per distinct combination of `by`, in order of appearance; all rows are one group
    without it. New columns: name -> statistic."""

    op: Literal["group"]
    by: list[str] = Field(default=[], max_length=100)
    aggregate: dict[str, Aggregate] = Field(min_length=1, max_length=1000)


class PivotStep(StepModel):
    """One row per combination of `index`, one column per value of the column `columns`."""

    op: Literal["pivot"]
    index: Names
    columns: str
    values: str | None = Field(default=None, description="Not needed to count.")
    function: Statistic = "sum"

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if self.values is None and self.function != "count":
            raise refused_at(("values",), f"{self.function} needs a column of values")
        return self


class UnpivotStep(StepModel):
    """One row per row and column that is not in `keep`."""

    op: Literal["unpivot"]
    keep: list[str] = []
    columns: Names | None = Field(default=None, description="All the others without it.")
    name_to: str = "column"
    value_to: str = "value"


class ResampleStep(StepModel):
    """One row per span of time, ascending: the start of the span, in `column`, and statistics."""

    op: Literal["resample"]
    column: str = Field(description="ISO 8601 dates or moments.")
    unit: Unit
    every: int = Field(default=1, ge=1, le=1000, description="Units per span.")
    timezone: str = Field(
        default="UTC", description="IANA name: where days begin, and of texts without a zone."
    )
    by: list[str] = Field(default=[], max_length=100, description="Spans of each group.")
    gaps: Literal["skip", "keep"] = Field(
        default="skip", description="keep: spans without rows are rows, too."
    )
    aggregate: dict[str, Aggregate] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if _DIVIDED.get(self.unit, self.every) % self.every:
            whole = _DIVIDED[self.unit]
            raise refused_at(("every",), f"Expected a divisor of {whole} for the unit {self.unit}")
        if self.gaps == "keep" and self.by:
            raise refused_at(("gaps",), "Gaps can be kept only without by")
        return self
