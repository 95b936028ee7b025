"""A value as the pydantic model an agent declared, or an AgentError that says what is wrong.

The host has already done this for a run; agents that are also called directly with plain dicts
(`await DataAgent("org").execute({"data": …})`) call it once more, which then costs nothing.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agents.errors import AgentError
from agents.validation import error_paths, readable

M = TypeVar("M", bound=BaseModel)


def parsed(model: type[M], value: Any, *, root: str, error: type[AgentError]) -> M:
    """Raises `error` naming the path under `root`; the offending value is never in its text."""
    try:
        return model.model_validate(value)
    except ValidationError as invalid:
        raise error(readable(error_paths(invalid, root))) from None
