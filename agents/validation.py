"""Pydantic's findings as `{path: [what is wrong]}`, the form that errors have everywhere here."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

_MOST_FINDINGS = 50
_LONGEST_PATH = 200


def error_paths(
    error: ValidationError, root: str, *, ignoring: Callable[[Any], bool] | None = None
) -> dict[str, list[str]]:
    """`{"input_data.items.0.name": ["Field required"]}`. Never holds the offending value.
    ignoring: which offending values are no fault.

    The first 50 findings; how many more there are stands at `root`. A body of megabytes can be
    wrong in a million places, and name its keys at any length.
    """
    findings = error.errors(
        include_url=False, include_context=False, include_input=ignoring is not None
    )
    if ignoring is not None:
        findings = [item for item in findings if not ignoring(item["input"])]
    found: dict[str, list[str]] = {}
    for item in findings[:_MOST_FINDINGS]:
        path = ".".join([root, *(str(part) for part in item["loc"])])
        found.setdefault(path[:_LONGEST_PATH], []).append(item["msg"])
    if (more := len(findings) - _MOST_FINDINGS) > 0:
        found.setdefault(root, []).append(f"{more:,} more findings are not listed")
    return found


def readable(errors: dict[str, list[str]]) -> str:
    """The same in one line for a run's error text."""
    return "; ".join(f"{path}: {', '.join(messages)}" for path, messages in errors.items())


def checked(model: Any, value: Any) -> Any:
    """`model.model_validate(value)`, or the value itself without a model."""
    return value if model is None else model.model_validate(value)
