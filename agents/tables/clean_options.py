"""What the data agent's clean operation may be told: its `clean` input, or config. Imports nothing
heavy, because the web process builds forms and validation from it.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.tables.conversion import Target


class CleanOptions(BaseModel):
    """What to clean. The default strips texts and drops empty and duplicate rows."""

    model_config = ConfigDict(extra="forbid")

    strip: bool = Field(default=True, description="Trim texts; blank ones become missing.")
    convert: dict[str, Target] = Field(default={}, description="Column -> type.")
    date_format: str | None = Field(
        default=None, description="How dates are written, as in strptime; ISO 8601 without it."
    )
    on_error: Literal["fail", "null"] = Field(
        default="fail", description="A value that cannot be converted fails the run, or is missing."
    )
    fill: dict[str, bool | int | float | str] = Field(
        default={}, description="Column -> value for missing cells."
    )
    fill_with: dict[str, Literal["mean", "median", "mode"]] = Field(
        default={}, description="Column -> statistic of the column for missing cells."
    )
    drop_missing: Literal["no", "all", "any"] = Field(
        default="all", description="Drop rows where all, or any, cells are missing."
    )
    drop_missing_in: list[str] | None = Field(
        default=None, description="Look at these columns only."
    )
    drop_duplicates: bool = True
    duplicates_by: list[str] | None = Field(
        default=None, description="Rows equal in these columns are duplicates; the first stays."
    )
