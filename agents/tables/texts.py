"""The functions of `derive` over texts and dates. Each takes present cells only, raises TypeError
for what does not fit, and gives None where there is no result. Patterns are plain text: there are
no regular expressions. Called by `agents.tables.deriving`.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from agents.tables.column_types import moments
from agents.tables.conversion import as_text

LONGEST = 100_000
"""Characters of one text that a function may make."""


def concat(*values: Any) -> str:
    parts = list(map(as_text, values))
    if sum(map(len, parts)) > LONGEST:
        raise TypeError(f"a result of at most {LONGEST:,} characters")
    return "".join(parts)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError("a text")


def _whole(value: Any) -> int:
    if type(value) is int and abs(value) <= 10**9:
        return value
    raise TypeError("a whole number")


def _slice(text: Any, start: Any, end: Any = None) -> str:
    """Characters from start (0 is the first; negative from the end) up to, without, end."""
    return _text(text)[_whole(start) : None if end is None else _whole(end)]


def _replace(text: Any, find: Any, by: Any) -> str:
    text, find, by = map(_text, (text, find, by))
    if not find:
        raise TypeError("something to find")
    grown = len(text) + text.count(find) * (len(by) - len(find))
    if grown > LONGEST:
        raise TypeError(f"a result of at most {LONGEST:,} characters")
    replaced: str = text.replace(find, by)
    return replaced


def _split(text: Any, separator: Any, index: Any) -> str | None:
    """The part at index (negative from the end); None when there are fewer."""
    separator, index = _text(separator), _whole(index)
    if not separator:
        raise TypeError("a separator")
    parts = _text(text).split(separator)
    return parts[index] if -len(parts) <= index < len(parts) else None


def _padded(text: Any, width: Any, fill: Any) -> tuple[str, str]:
    text, width, fill = _text(text), _whole(width), _text(fill)
    if len(fill) != 1 or width > LONGEST:
        raise TypeError(f"one character to fill with, and a width up to {LONGEST:,}")
    return text, fill * (width - len(text))


def _pad_left(text: Any, width: Any, fill: Any = " ") -> str:
    return "".join(reversed(_padded(text, width, fill)))


def _pad_right(text: Any, width: Any, fill: Any = " ") -> str:
    return "".join(_padded(text, width, fill))


def moment(value: Any) -> dt.datetime:
    """As the text says it: its own day and hour, not those of UTC."""
    if isinstance(value, str) and moments([value]) is not None:
        return dt.datetime.fromisoformat(value)
    raise TypeError("an ISO 8601 date")


def _days_between(start: Any, end: Any) -> int | float:
    found = moments([start, end]) if isinstance(start, str) and isinstance(end, str) else None
    if found is None:
        raise TypeError("two ISO 8601 dates, both with a time zone or both without")
    days = (found[1] - found[0]) / dt.timedelta(days=1)
    return int(days) if days.is_integer() else days


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "concat": concat,
    "upper": lambda value: _text(value).upper(),
    "lower": lambda value: _text(value).lower(),
    "strip": lambda value: _text(value).strip(),
    "length": lambda value: len(_text(value)),
    "slice": _slice,
    "replace": _replace,
    "split": _split,
    "pad_left": _pad_left,
    "pad_right": _pad_right,
    "year": lambda value: moment(value).year,
    "quarter": lambda value: (moment(value).month + 2) // 3,
    "month": lambda value: moment(value).month,
    "day": lambda value: moment(value).day,
    "weekday": lambda value: moment(value).isoweekday(),
    "hour": lambda value: moment(value).hour,
    "date": lambda value: moment(value).date().isoformat(),
    "days_between": _days_between,
}
