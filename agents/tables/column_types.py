"""What a column holds, decided from its Python values, and dates out of ISO 8601 text.

The types: empty, boolean, integer, number, decimal, date, datetime, text, object (nested JSON),
mixed. Called by `overview`, `statistics` and `cleaning`.
"""

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any

_NUMBERS = {int: "integer", float: "number", Decimal: "decimal"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)


def column_type(values: list[Any]) -> str:
    """The one type that says most and is true for every present value."""
    types = set(map(type, values)) - {type(None)}
    if not types:
        return "empty"
    if types == {bool}:
        return "boolean"
    if types <= set(_NUMBERS):
        return next(name for kind, name in reversed(_NUMBERS.items()) if kind in types)
    if types & {dict, list}:
        return "object"
    if types <= {str, dt.date, dt.datetime}:
        return _date_type(values) or ("text" if types == {str} else "mixed")
    return "mixed"


def moments(values: list[Any]) -> list[dt.datetime] | None:
    """Every present value as a datetime; None when one is no ISO date, or when only some have a
    time zone. Those with one are given in UTC."""
    known: dict[Any, dt.datetime] = {}  # dates repeat: each is read once
    zoned: bool | None = None
    for value in values:
        if value is None or value in known:
            continue
        moment = _moment(value)
        if moment is None or zoned is (moment.tzinfo is None):
            return None
        zoned = moment.tzinfo is not None
        known[value] = moment
    return [known[value] for value in values if value is not None]


def identity(value: Any) -> str:
    """A text that is equal for equal JSON values only; 1, 1.0, true and "1" all differ."""
    return json.dumps(value, sort_keys=True, default=str)


def _date_type(values: list[Any]) -> str | None:
    first = next(value for value in values if value is not None)
    if _moment(first) is None:
        return None
    distinct = list(dict.fromkeys(values))
    if moments(distinct) is None:
        return None
    return "date" if all(v is None or _is_plain_date(v) for v in distinct) else "datetime"


def _is_plain_date(value: Any) -> bool:
    return len(value) == 10 if isinstance(value, str) else not isinstance(value, dt.datetime)


def _moment(value: Any) -> dt.datetime | None:
    if isinstance(value, str):
        return _from_iso(value)
    if isinstance(value, dt.datetime):
        return _in_utc(value)
    return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001  a date has no zone


def _from_iso(text: str) -> dt.datetime | None:
    if not (_DATE.fullmatch(text) or _MOMENT.fullmatch(text)):
        return None
    try:
        return _in_utc(dt.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None  # 2024-02-30, or year 1 east of Greenwich


def _in_utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment
