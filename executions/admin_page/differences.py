"""Where two JSON values differ, place by place. Compared as they are, shown without secrets.

Called by `comparing`. Bounded: the first 200 places.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from executions.admin_page.json_tree import TOO_DEEP, compact, shortened
from platform_agents.tenancy.masking import masked

_MOST = 200
_LONGEST = 500
_DEEPEST = 100
_MISSING = object()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """left and right: None where nothing is there."""

    path: str
    left: str | None
    right: str | None


def differences(left: Any, right: Any) -> tuple[list[Difference], bool]:
    """And whether there are more."""
    found = list(islice(_differ((), left, right), _MOST + 1))
    return found[:_MOST], len(found) > _MOST


def _differ(path: tuple[str, ...], left: Any, right: Any) -> Iterator[Difference]:
    if len(path) < _DEEPEST and isinstance(left, dict) and isinstance(right, dict):
        for key in {**left, **right}:
            inner = (left.get(key, _MISSING), right.get(key, _MISSING))
            yield from _differ((*path, str(key)), *inner)
    elif len(path) < _DEEPEST and isinstance(left, list) and isinstance(right, list):
        for index in range(max(len(left), len(right))):
            yield from _differ((*path, str(index + 1)), _at(left, index), _at(right, index))
    elif not _same(left, right):
        yield Difference(path=" / ".join(path), left=_shown(path, left), right=_shown(path, right))


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _MISSING


def _same(one: Any, other: Any) -> bool:
    """To Python, 1 and true are equal. What is too deep to tell counts as different."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    try:
        return bool(one == other)
    except RecursionError:
        return False


def _shown(path: tuple[str, ...], value: Any) -> str | None:
    if value is _MISSING:
        return None
    try:
        hidden = masked(value, name=".".join(path))
    except RecursionError:
        return TOO_DEEP
    return shortened(hidden if isinstance(hidden, str) else compact(hidden), _LONGEST)
