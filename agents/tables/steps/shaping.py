"""Steps that choose, name, order or compute rows and columns. How: `agents.tables.shaping`,
`filtering`, `deriving` and `cleaning`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from agents.tables.clean_options import CleanOptions
from agents.tables.steps.base import ReportModel, StepModel, refused_at
from agents.tables.steps.conditions import Condition
from agents.tables.steps.expressions import Call, Operand

Order = Literal["asc", "desc"]
Names = Annotated[list[str], Field(min_length=1, max_length=10_000)]


class CleanStep(CleanOptions, ReportModel):
    """Strip, convert, fill, drop missing, drop duplicates. What it changed goes to `reports`."""

    op: Literal["clean"]


class SelectStep(StepModel):
    """Keep these columns, in this order; or all but those in `drop`."""

    op: Literal["select"]
    columns: Names | None = None
    drop: Names | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if (self.columns is None) == (self.drop is None):
            raise refused_at((), "Expected either columns or drop")
        return self


class RenameStep(StepModel):
    """Old name -> new name."""

    op: Literal["rename"]
    columns: dict[str, str] = Field(min_length=1)


class FilterStep(StepModel):
    """Keep the rows for which the condition is true."""

    op: Literal["filter"]
    where: Condition


class DeriveStep(Call):
    """A new column, or a new content of one, computed row by row."""

    op: Literal["derive"]
    column: str = Field(min_length=1)
    where: Condition | None = Field(default=None, description="Only for these rows.")
    otherwise: Operand | None = Field(
        default=None, description="For the other rows; without it they keep what they have."
    )
    on_error: Literal["fail", "null"] = Field(
        default="fail", description="A row whose cells do not fit fails the run, or is missing."
    )


class SortKey(StepModel):
    """One column to sort by."""

    column: str
    order: Order = "asc"


def _written_out(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class SortStep(StepModel):
    """Stable; a bare text in `by` is a column, ascending."""

    op: Literal["sort"]
    by: list[
        Annotated[SortKey, BeforeValidator(_written_out, json_schema_input_type=str | SortKey)]
    ] = Field(min_length=1, max_length=100)
    missing: Literal["last", "first"] = "last"


class TopStep(StepModel):
    """The n rows with the largest (or smallest) values of a column, in that order."""

    op: Literal["top"]
    n: int = Field(ge=1)
    by: str
    order: Order = "desc"


class LimitStep(StepModel):
    """n rows, after the first `offset`."""

    op: Literal["limit"]
    n: int = Field(ge=0)
    offset: int = Field(default=0, ge=0)


class SampleStep(StepModel):
    """n random rows in their order; the same seed and rows give the same sample."""

    op: Literal["sample"]
    n: int | None = Field(default=None, ge=0)
    fraction: float | None = Field(default=None, ge=0, le=1)
    seed: int = 0

    @model_validator(mode="after")
    def _says_how_many(self) -> Self:
        if (self.n is None) == (self.fraction is None):
            raise refused_at((), "Expected either n or fraction")
        return self
