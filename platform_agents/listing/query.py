"""Query parameters to a typed query. A name that is not known, or given twice, is refused: a typo
in a filter would list everything."""

import datetime as dt
import re
from collections import Counter
from typing import Annotated, Any, TypeVar

from django.http import QueryDict
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from agents.validation import error_paths
from platform_agents.listing.cursor import Position
from platform_agents.listing.errors import InvalidQuery
from platform_agents.listing.moments import moment

MOST = 200
_LONGEST_NAME = 100
_MOST_NAMES = 20

Q = TypeVar("Q", bound=BaseModel)


def _limit(text: Any) -> Any:
    if isinstance(text, str) and not (re.fullmatch("[0-9]{1,3}", text) and 1 <= int(text) <= MOST):
        raise PydanticCustomError("limit", "Expected a whole number from 1 to 200.")
    return text


def _moment(text: Any) -> dt.datetime:
    try:
        return moment(text)
    except ValueError:
        raise PydanticCustomError(
            "moment",
            "Expected a time by RFC 3339, such as 2026-01-31T09:30:00Z (a + is written %2B).",
        ) from None


def _cursor(text: Any) -> Position:
    try:
        return Position.parse(text)
    except ValueError:
        raise PydanticCustomError(
            "cursor", "Expected a cursor as `next` of this list gave it."
        ) from None


Moment = Annotated[dt.datetime, BeforeValidator(_moment)]
Limit = Annotated[
    int,
    BeforeValidator(_limit),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST}),
]
Cursor = Annotated[Position, BeforeValidator(_cursor), WithJsonSchema({"type": "string"})]


class ListQuery(BaseModel):
    """What every list takes; lists add their filters."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    limit: Limit = 50
    """Entries of a page, at most."""
    cursor: Cursor | None = None
    """`next` of the page before."""


def read(given: QueryDict, model: type[Q]) -> Q:
    """Raises InvalidQuery, which names every parameter that is wrong."""
    if errors := {**_unknown(given, model), **_repeated(given)}:
        raise InvalidQuery(errors)
    try:
        return model.model_validate(given.dict())
    except ValidationError as error:
        found = error_paths(error, "query").items()
        raise InvalidQuery({path.removeprefix("query."): why for path, why in found}) from error


def _unknown(given: QueryDict, model: type[BaseModel]) -> dict[str, list[str]]:
    why = f"There is no such parameter; there are {', '.join(sorted(model.model_fields))}."
    unknown = [name for name in given if name not in model.model_fields]
    return {name[:_LONGEST_NAME] or "?": [why] for name in unknown[:_MOST_NAMES]}


def _repeated(given: QueryDict) -> dict[str, list[str]]:
    counts = Counter({name: len(values) for name, values in given.lists()})
    return {name: ["It is given more than once."] for name, n in counts.items() if n > 1}
