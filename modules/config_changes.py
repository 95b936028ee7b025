"""What changed between two versions of a module's config, place by place, for people.

Compared as it is, shown without secrets: that one was changed is seen, its value is not.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modules.config_version import ConfigVersion
from platform_agents.shared_schema.json_text import parsed
from platform_agents.tenancy.masking import masked

_LONGEST = 300
_MISSING = object()


@dataclass(frozen=True, kw_only=True)
class Change:
    """path: `agent`, `endpoint` or `config.…`. before and after: text; None where there was, or is,
    nothing."""

    path: str
    before: str | None
    after: str | None


def changes(before: ConfigVersion | None, after: ConfigVersion) -> tuple[Change, ...]:
    """In the order of their places. before None: everything is new."""
    was = {} if before is None else dict(_places(before))
    now = dict(_places(after))
    return tuple(
        Change(path=path, before=_shown(path, was), after=_shown(path, now))
        for path in sorted({**was, **now})
        if not _same(was.get(path, _MISSING), now.get(path, _MISSING))
    )


def _same(one: Any, other: Any) -> bool:
    """To Python, 1, 1.0 and true are equal."""
    return type(one) is type(other) and bool(one == other)


def _places(version: ConfigVersion) -> Iterator[tuple[str, Any]]:
    yield "agent", version.python_module
    if version.endpoint:
        yield "endpoint", version.endpoint
    if version.config is not None:
        yield from _leaves("config", parsed(version.config))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    inside: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    if not inside:
        yield path, value
    for key, inner in inside:
        yield from _leaves(f"{path}.{key}", inner)


def _shown(path: str, places: dict[str, Any]) -> str | None:
    if path not in places:
        return None
    shown = masked(places[path], name=path.removeprefix("config"))
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
