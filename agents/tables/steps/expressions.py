"""What `derive` computes: a function of a closed set over columns, values and other functions.
How they are computed: `agents.tables.deriving`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from agents.tables.steps.base import OneOf, Scalar, StepModel, refused_at

Function = Literal[
    "add", "subtract", "multiply", "divide", "floor_divide", "modulo", "power", "negate",
    "absolute", "round", "floor", "ceil", "square_root", "minimum", "maximum", "coalesce",
    "concat", "upper", "lower", "strip", "length", "slice", "replace", "split", "pad_left",
    "pad_right", "year", "quarter", "month", "day", "weekday", "hour", "date", "days_between",
]  # fmt: skip
_MOST = 20
_ARITY: dict[str, tuple[int, int]] = {
    "add": (2, _MOST), "multiply": (2, _MOST), "concat": (1, _MOST), "coalesce": (1, _MOST),
    "minimum": (2, _MOST), "maximum": (2, _MOST),
    "subtract": (2, 2), "divide": (2, 2), "floor_divide": (2, 2), "modulo": (2, 2),
    "power": (2, 2), "round": (1, 2), "slice": (2, 3), "replace": (3, 3), "split": (3, 3),
    "pad_left": (2, 3), "pad_right": (2, 3), "days_between": (2, 2),
}  # fmt: skip
"""(fewest, most) operands; one for those that are not here."""


class ColumnOperand(StepModel):
    """The row's cell of a column."""

    column: str


class ValueOperand(StepModel):
    """The same value for every row."""

    value: Scalar


class Call(StepModel):
    """A function of operands."""

    function: Function
    of: "list[Operand]" = Field(min_length=1, max_length=_MOST)

    @model_validator(mode="after")
    def _has_its_operands(self) -> Self:
        fewest, most = _ARITY.get(self.function, (1, 1))
        if fewest <= len(self.of) <= most:
            return self
        expected = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        raise refused_at(("of",), f"{self.function} takes {expected} operands; got {len(self.of)}")


_MODELS = {"column": ColumnOperand, "value": ValueOperand, "function": Call}


def _which(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((name for name in _MODELS if name in value), None)
    return None


def _written_out(value: Any) -> ColumnOperand | ValueOperand | None:
    """A bare text is a column, a bare number or boolean a value."""
    if isinstance(value, str):
        return ColumnOperand(column=value)
    if isinstance(value, (bool, int, float)):
        return ValueOperand.model_validate({"value": value})
    return None


Operand = Annotated[
    Annotated[ColumnOperand, Tag("column")]
    | Annotated[ValueOperand, Tag("value")]
    | Annotated[Call, Tag("function")],
    Discriminator(_which),
    OneOf(
        models=_MODELS, which=_which, bare=_written_out, bare_types=("string", "number", "boolean"),
        expected="a column's name, a number, or an object with column, value or function",
    ),
]  # fmt: skip

Call.model_rebuild()
