"""Steps that look at the table and report. The table goes on unchanged, except where a step says
`drop`, `mark` or `clip`. How: `agents.tables.statistics`, `overview`, `validating`, `outliers`,
`charting`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from agents.tables.conversion import Target
from agents.tables.steps.base import ReportModel, Scalar, StepModel, refused_at
from agents.tables.steps.shaping import Names


class DescribeStep(ReportModel):
    """Statistics of every column, as the operation describe gives them."""

    op: Literal["describe"]


class SummaryStep(ReportModel):
    """Shape, types, gaps and examples, as the operation summary gives them."""

    op: Literal["summary"]


class ColumnRule(StepModel):
    """What a column has to be; rules but `required` look at present cells only."""

    type: Target | None = None
    required: bool = Field(default=False, description="No cell is missing.")
    unique: bool = False
    minimum: Scalar | None = Field(default=None, description="A number, or text such as a date.")
    maximum: Scalar | None = None
    min_length: int | None = Field(default=None, ge=0, description="Characters of a text.")
    max_length: int | None = Field(default=None, ge=0)
    one_of: list[Scalar] | None = Field(default=None, max_length=10_000)


class ValidateStep(ReportModel):
    """Checks columns by name; those without a rule may hold anything."""

    op: Literal["validate"]
    columns: dict[str, ColumnRule] = Field(min_length=1, max_length=10_000)
    others: Literal["allow", "refuse"] = Field(default="allow", description="Unnamed columns.")
    on_failure: Literal["report", "fail", "drop"] = Field(
        default="report", description="Go on, fail the run, or drop the rows that break a rule."
    )


class OutliersStep(ReportModel):
    """Cells far from the others. iqr: beyond factor × (Q3 - Q1) of the quartiles; zscore: beyond
    factor × std of the mean."""

    op: Literal["outliers"]
    columns: Names | None = Field(default=None, description="All columns of numbers without it.")
    method: Literal["iqr", "zscore"] = "iqr"
    factor: float | None = Field(default=None, gt=0, le=1000, description="1.5 for iqr, else 3.")
    action: Literal["report", "drop", "mark", "clip"] = Field(
        default="report", description="mark: a boolean column `outlier`; clip: to the bounds."
    )


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class ChartStep(ReportModel):
    """A picture as a data URI. bar: y per x, or how often each x occurs; histogram: of x."""

    op: Literal["chart"]
    kind: Literal["bar", "line", "scatter", "histogram"]
    x: str
    y: Annotated[
        list[str],
        BeforeValidator(_listed, json_schema_input_type=str | list[str]),
        Field(max_length=6),
    ] = []
    title: str = Field(default="", max_length=200)
    format: Literal["svg", "png"] = "svg"
    width: int = Field(default=720, ge=240, le=1600, description="Pixels.")
    height: int = Field(default=400, ge=160, le=1200)
    bins: int | None = Field(default=None, ge=1, le=200, description="Of a histogram.")

    @model_validator(mode="after")
    def _has_its_columns(self) -> Self:
        if self.kind in ("line", "scatter") and not self.y:
            raise refused_at(("y",), f"A {self.kind} chart needs y, a column or several")
        if self.kind == "histogram" and self.y:
            raise refused_at(("y",), "A histogram has no y; it counts the values of x")
        if self.bins is not None and self.kind != "histogram":
            raise refused_at(("bins",), f"A {self.kind} chart has no bins")
        return self
