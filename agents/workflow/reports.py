"""Events of steps, kept short: whoever reads a log wants to see what happened, not megabytes."""

from collections.abc import Mapping
from typing import Any

from agents.base import AgentContext
from agents.checkpoints import WHOLE
from agents.encoding import to_json
from agents.errors import InvalidOutput

_LONGEST = 8_000
_SHOWN = 1_000
_HIDDEN = "…"


def step_event(
    context: AgentContext, step: str, status: str, *, uses: str, index: int = WHOLE, **data: Any
) -> None:
    """status: started, completed, failed, skipped or waiting. data: input, output, error, ms."""
    item = {} if index == WHOLE else {"index": index}
    which = step if index == WHOLE else f"{step}[{index}]"
    context.step(
        {"step": step, "uses": uses, **item, "status": status, **data},
        message=f"{which} {status}",
        level="error" if status == "failed" else "info",
    )


def shown(value: Any) -> Any:
    """The value, or the beginning of its JSON when it is long."""
    try:
        text = to_json(value)
    except InvalidOutput as error:
        return {"not_json": str(error)}
    if len(text) <= _LONGEST:
        return value
    return {"shortened": text[:_SHOWN], "characters": len(text)}


def shown_input(given: Mapping[str, Any]) -> Any:
    """Headers by their names only: their values are often keys."""
    headers = given.get("headers")
    if isinstance(headers, Mapping):
        given = {**given, "headers": dict.fromkeys(headers, _HIDDEN)}
    return shown(given)
