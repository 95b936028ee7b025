"""Values as JSON text for people, and back. Strict: no NaN, no key twice."""

import json
from typing import Any, NoReturn


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1, and 1 is not 1.0."""
    return short(one) == short(other)


def parsed(written: str) -> Any:
    """Raises ValueError, whose text is for whoever wrote it."""
    try:
        return json.loads(written, parse_constant=_refused, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"This is not JSON: {error.msg} at {where}.") from error
    except RecursionError as error:
        raise ValueError("This is nested too deeply.") from error


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON; write null.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"The key {twice!r} is there twice.")
    return found
