"""One value to another type, or ValueError. Called by `cleaning` for its `convert` option."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from agents.tables.column_types import identity
from agents.tables.numbers_in_text import number

Target = Literal["integer", "number", "text", "boolean", "date", "datetime"]
_BOOLEANS = {
    "true": True, "yes": True, "1": True,
    "false": False, "no": False, "0": False,
}  # fmt: skip


def converter(target: Target, date_format: str | None) -> Callable[[Any], Any]:
    """A function from a present value to the target type; it raises ValueError if it cannot."""
    if target in ("date", "datetime"):
        return lambda value: _moment(value, target, date_format)
    return {"integer": _integer, "number": _number, "text": as_text, "boolean": _boolean}[target]


def _integer(value: Any) -> int:
    found = _number(value)
    if found != int(found):
        raise ValueError
    return int(found)


def _number(value: Any) -> int | float | Decimal:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float, Decimal)):
        return value
    found = number(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    return found


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else identity(value).strip('"')


def _boolean(value: Any) -> bool:
    found = _BOOLEANS.get(as_text(value).strip().lower())
    if found is None:
        raise ValueError
    return found


def _moment(value: Any, target: str, date_format: str | None) -> str:
    if isinstance(value, str):
        text = value.strip()
        value = (
            dt.datetime.strptime(text, date_format)  # noqa: DTZ007  as written
            if date_format
            else dt.datetime.fromisoformat(text)
        )
    if not isinstance(value, dt.date):
        raise ValueError
    if target == "date":
        return (value.date() if isinstance(value, dt.datetime) else value).isoformat()
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    return moment.isoformat()
