"""Conditions of `filter` and `derive`: typed comparisons of a column, joined by all, any and not.
Never a text that is parsed. How they are decided: `agents.tables.filtering`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from agents.tables.steps.base import OneOf, Scalar, StepModel, refused_at

Comparison = Literal[
    "=", "!=", "<", "<=", ">", ">=", "between", "in", "not_in",
    "contains", "starts_with", "ends_with", "missing", "present",
]  # fmt: skip
_LISTS = {"between", "in", "not_in"}
_TEXTS = {"contains", "starts_with", "ends_with"}
_MOST_VALUES = 10_000


class Compare(StepModel):
    """A cell against a value, a list of values, or the same row's cell of another column."""

    column: str
    is_: Comparison = Field(alias="is")
    value: Scalar | None = None
    values: list[Scalar] | None = Field(
        default=None, max_length=_MOST_VALUES, description="Of in, not_in; of between: from, to."
    )
    other_column: str | None = Field(default=None, description="In place of value.")
    ignore_case: bool = False

    @model_validator(mode="after")
    def _has_what_it_compares_with(self) -> Self:
        given = [n for n in ("value", "values", "other_column") if getattr(self, n) is not None]
        wanted = self._wanted()
        if len(given) > 1 or (given[0] if given else "") not in wanted:
            expected = " or ".join(filter(None, wanted)) or "only column"
            got = " and ".join(given) or "none of them"
            raise refused_at((), f"With {self.is_!r} expected {expected}; got {got}")
        if self.is_ == "between" and len(self.values or ()) != 2:
            raise refused_at(("values",), "Expected two values: from and to")
        if self.is_ in _TEXTS and self.value is not None and not isinstance(self.value, str):
            raise refused_at(("value",), f"With {self.is_!r} expected a text")
        return self

    def _wanted(self) -> tuple[str, ...]:
        if self.is_ in ("missing", "present"):
            return ("",)
        return ("values",) if self.is_ in _LISTS else ("value", "other_column")


class All(StepModel):
    """True when every condition is."""

    all: "list[Condition]" = Field(min_length=1)


class AnyOf(StepModel):
    """True when at least one condition is."""

    any: "list[Condition]" = Field(min_length=1)


class Not(StepModel):
    """True when the condition is not."""

    not_: "Condition" = Field(alias="not")


_MODELS = {"column": Compare, "all": All, "any": AnyOf, "not": Not}


def _which(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((name for name in _MODELS if name in value), None)
    return None


Condition = Annotated[
    Annotated[Compare, Tag("column")]
    | Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")],
    Discriminator(_which),
    OneOf(
        models=_MODELS, which=_which,
        expected="an object with column and is, or with all, any or not",
    ),
]  # fmt: skip

for _model in (All, AnyOf, Not):
    _model.model_rebuild()
