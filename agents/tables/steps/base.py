"""What all steps of a pipeline share: strict models, scalar values, and unions whose errors name
the path as the caller wrote it. Imports nothing heavy, like everything in this package.
"""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
)  # fmt: skip
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from agents.tables.table import kind

_MOST_NAMES = 20
_LONGEST_NAME = 80


class StepModel(BaseModel):
    """Part of a step: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReportModel(StepModel):
    """A step whose result goes to `reports`."""

    name: str | None = Field(
        default=None, min_length=1, max_length=100, description="In `reports`; the op without it."
    )


def known(names: Iterable[str], wanted: str) -> str:
    """What to say after `there is no …`: the closest name, and those that exist."""
    found = list(names)
    close = difflib.get_close_matches(wanted[:_LONGEST_NAME], found[:1000], n=1)
    hint = f" Did you mean {short(close[0])}?" if close else ""
    listed = ", ".join(map(short, found[:_MOST_NAMES])) or "none"
    more = len(found) - _MOST_NAMES
    return f"{hint} There are: {listed}{f' and {more} more' if more > 0 else ''}."


def short(name: str) -> str:
    """A name for a message."""
    return repr(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…")


@dataclass(frozen=True, eq=False, kw_only=True)
class OneOf:
    """Annotates a union: `which` names the model of a value, so that errors carry no tag in their
    path. It may raise ValidationError. `bare` makes a model of what is no object."""

    models: Mapping[str, type[BaseModel]]
    which: Callable[[Any], str | None]
    expected: str
    bare: Callable[[Any], BaseModel | None] = lambda _: None
    bare_types: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._validated, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found = handler(schema)
        return {"anyOf": [{"type": list(self.bare_types)}, found]} if self.bare_types else found

    def _validated(self, value: Any, _: Any) -> Any:
        if isinstance(value, tuple(self.models.values())):
            return value
        if (written_out := self.bare(value)) is not None:
            return written_out
        if (name := self.which(value)) is None:
            raise refused_at((), f"Expected {self.expected}; got {kind(value)}")
        return self.models[name].model_validate(value)


def by_tag(models: Mapping[str, type[BaseModel]], tag: str) -> Callable[[Any], str | None]:
    """For `OneOf`: the model that value[tag] names."""

    def which(value: Any) -> str | None:
        if not isinstance(value, dict):
            return None
        name = value.get(tag)
        if isinstance(name, str) and name in models:
            return name
        if isinstance(name, str):
            raise refused_at((tag,), f"There is no {tag} {short(name)}.{known(models, name)}")
        expected = ", ".join(map(repr, models))
        raise refused_at((tag,), f"Expected one of {expected}; got {kind(name)}")

    return which


def refused_at(loc: tuple[str | int, ...], why: str) -> ValidationError:
    """To raise inside a validator: its path goes on below the place of the validator."""
    error = PydanticCustomError("refused", "{why}", {"why": why})
    return ValidationError.from_exception_data(
        "step", [InitErrorDetails(type=error, loc=loc, input=None)]
    )


def _scalar(value: Any) -> Any:
    if type(value) in (str, bool, int) or (type(value) is float and math.isfinite(value)):
        return value
    raise PydanticCustomError(
        "scalar", "Expected a text, a finite number or a boolean; got {got}", {"got": kind(value)}
    )


_SCALAR_TYPES = {"type": ["string", "number", "boolean"]}
Scalar = Annotated[Any, AfterValidator(_scalar), WithJsonSchema(_SCALAR_TYPES)]
"""A text, a number or a boolean, exactly as JSON had it."""
