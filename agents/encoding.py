"""JSON out of an agent: strict, and safe for a JavaScript reader.

One rule for every agent's output: NaN and Infinity, NUL characters and lone surrogates are refused
with the path where they stand; integers beyond ±(2**53 - 1) and Decimals become strings, because
JSON.parse would round them silently; dates become ISO 8601. Used by the host for outputs and by
the worker and the web process for everything they write into a JSON text column.
"""

import datetime as dt
import json
import math
import re
import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError
from pydantic_core import to_json as fast_json

from agents.errors import InvalidOutput

MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 100
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


_SUSPICIOUS = (b"\\u0000", b"NaN", b"Infinity")
_TEXT_ONLY = frozenset({str})
_CONTAINERS = frozenset({dict, list})
_PLAIN = frozenset({str, int, float, bool, type(None)}) | _CONTAINERS


class _Refused(Exception):
    """Why a value cannot be JSON; the path grows while the exception climbs, so that a value
    without a fault costs no path."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.path: list[str] = []

    def readable(self) -> str:
        return str(self).replace("{path}", ("$" + "".join(reversed(self.path)))[:200])


def to_json(value: Any) -> str:
    """Compact JSON text of an agent's result. Raises InvalidOutput naming the path."""
    if _is_plain(value):
        text = plain_text(value)
        if text is not None:
            return text
    return json.dumps(jsonable(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def plain_text(value: Any) -> str | None:
    """JSON text of a value made of JSON's own types. None when it holds, or seems to hold, what
    cannot be stored: then the long way finds out."""
    try:
        text = fast_json(value)  # a seventh of the time of json.dumps
    except (PydanticSerializationError, ValueError):
        return None
    return None if any(sign in text for sign in _SUSPICIOUS) else text.decode()


def _is_plain(value: Any) -> bool:
    """Whether nothing in it needs converting, found out a container at a time: large outputs are
    nearly always plain, and walking them value by value takes most of the time."""
    level: list[Any] = [[value]]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for container in level:
            inner = _plain_inner(container)
            if inner is None:
                return False
            below += inner
        if not below:
            return True
        level = below
    return False


def _plain_inner(container: Any) -> Iterable[Any] | None:
    """The containers in this plain one; None when it is not plain."""
    values = container
    if isinstance(container, dict):
        if not _TEXT_ONLY.issuperset(map(type, container)):
            return None
        values = container.values()
    kinds = set(map(type, values))
    if not kinds <= _PLAIN:
        return None
    if int in kinds and any(type(v) is int and abs(v) > MAX_SAFE_INTEGER for v in values):
        return None
    return [v for v in values if type(v) in _CONTAINERS] if kinds & _CONTAINERS else ()


def jsonable(value: Any) -> Any:
    """The same value made of dict, list, str, int, float, bool and None only. Raises InvalidOutput
    naming the path of what JSON cannot hold."""
    try:
        return _value(value, 0)
    except _Refused as refused:
        raise InvalidOutput(refused.readable()) from None


def as_read_again(value: Any) -> Any:
    """What the value is once it was written as JSON and read again. Raises InvalidOutput."""
    return value if _is_plain(value) else jsonable(value)


def _value(value: Any, depth: int) -> Any:
    if value is None or value is True or value is False:
        return value
    convert = _EXACT.get(type(value)) or next(
        (convert for kind, convert in _KINDS if isinstance(value, kind)), _other
    )
    return convert(value, depth)


def _text(value: str, _: int = 0) -> str:
    if _UNSTORABLE.search(value):
        raise _Refused(
            "The text at {path} holds a NUL character or a lone surrogate, which cannot be stored."
        )
    return str(value)


def _integer(value: int, _: int) -> int | str:
    if abs(value) <= MAX_SAFE_INTEGER:
        return int(value)
    try:
        return str(int(value))
    except ValueError:
        raise _Refused("The integer at {path} has more digits than can be written.") from None


def _number(value: float, _: int) -> float:
    if not math.isfinite(value):
        raise _Refused(f"The output holds {value} at {{path}}; JSON has only finite numbers.")
    return float(value)


def _object(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    _check_depth(depth)
    found: dict[str, Any] = {}
    key: Any = None
    try:
        for key, item in value.items():
            text = _key(key)
            if text in found:
                raise _Refused("Two keys read the same as JSON text at {path}.")
            found[text] = _value(item, depth + 1)
    except _Refused as refused:
        refused.path.append(f".{key}")
        raise
    return found


def _array(value: Iterable[Any], depth: int) -> list[Any]:
    _check_depth(depth)
    found: list[Any] = []
    try:
        for item in value:
            found.append(_value(item, depth + 1))  # noqa: PERF401 (the length is the path)
    except _Refused as refused:
        refused.path.append(f"[{len(found)}]")
        raise
    return found


def _check_depth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise _Refused(f"The output is nested deeper than {MAX_DEPTH} levels at {{path}}.")


def _key(key: Any) -> str:
    if isinstance(key, (dict, list, tuple)):
        raise _Refused(f"A key of {{path}} is a {type(key).__name__}; JSON keys are text.")
    return _text(key if isinstance(key, str) else str(key))


def _other(value: Any, depth: int) -> Any:
    if callable(getattr(value, "item", None)) and getattr(value, "ndim", None) == 0:
        return _value(value.item(), depth)  # a numpy scalar, without importing numpy
    raise _Refused(
        f"The output holds a {type(value).__name__} at {{path}}, which JSON cannot express. "
        "Return dicts, lists, text, numbers, booleans, dates or None."
    )


_Convert = Callable[[Any, int], Any]
_EXACT: dict[type, _Convert] = {
    str: _text,
    int: _integer,
    float: _number,
    dict: _object,
    list: _array,
}
_KINDS: tuple[tuple[Any, _Convert], ...] = (
    (Enum, lambda value, depth: _value(value.value, depth)),
    (str, _text),
    (int, _integer),
    (float, _number),
    (BaseModel, lambda value, depth: _value(value.model_dump(), depth)),
    (dict, _object),
    ((list, tuple), _array),
    ((set, frozenset), lambda value, depth: _array(sorted(value, key=repr), depth)),
    ((dt.datetime, dt.date, dt.time), lambda value, _: value.isoformat()),
    (dt.timedelta, lambda value, _: value.total_seconds()),
    ((Decimal, uuid.UUID), lambda value, _: str(value)),
)
