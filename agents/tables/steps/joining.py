"""Steps with a second table, which the input's (or config's) `tables` names. How:
`agents.tables.joining`.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from agents.tables.steps.base import StepModel

How = Literal["inner", "left", "right", "outer", "semi", "anti"]
_With = Annotated[str, Field(alias="with", description="A name in tables.")]


def _pairs(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return {name: name for name in value}
    return value


class JoinStep(StepModel):
    """Rows whose keys are equal; missing keys equal nothing. semi and anti keep the rows with, or
    without, a match and take no columns."""

    op: Literal["join"]
    with_: _With
    on: Annotated[
        dict[str, str],
        BeforeValidator(_pairs, json_schema_input_type=list[str] | dict[str, str]),
        Field(min_length=1, max_length=100),
    ] = Field(description="Columns with one name in both, or left name -> right name.")
    how: How = "inner"
    suffix: str = Field(
        default="_right", min_length=1, max_length=100,
        description="Behind columns of the second table that the first has too.",
    )  # fmt: skip


class AppendStep(StepModel):
    """The rows of the second table below; columns that only one has are missing in the other."""

    op: Literal["append"]
    with_: _With
