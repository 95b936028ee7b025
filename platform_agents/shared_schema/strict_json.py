"""Strict JSON reading: what reads as a value here can be stored again and read by JavaScript.

Refused besides broken text: NaN, Infinity and numbers too large for a float, a key given twice,
NUL and lone surrogates in text, nesting beyond Python's limit. Used by json_text.py (columns) and
json_form.py (forms).
"""

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, NoReturn

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class InvalidJson:
    """The text of a JSON column that is not JSON. Saving it writes the same text back."""

    text: str

    def __str__(self) -> str:
        return self.text


class NotStrict(ValueError):
    """Python would read it, another reader would not, or would read something else."""


def parse(text: str) -> Any:
    """The value the text stands for. Raises ValueError whose message an operator can read."""
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite
        )
        if "\\u" in text or "\x00" in text:
            _check_text(value)
    except json.JSONDecodeError as broken:
        where = f"line {broken.lineno}, column {broken.colno}"
        raise ValueError(f"{broken.msg.removesuffix(' at')} ({where}).") from None
    except RecursionError:
        raise ValueError("The value is nested too deeply.") from None
    except NotStrict:
        raise
    except ValueError:
        raise ValueError("A number has more digits than can be read.") from None
    return value


def _check_text(value: Any) -> None:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str) and _UNSTORABLE.search(item):
            raise NotStrict("A text holds a NUL character or half of a surrogate pair.")
        if isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        shown = twice[:80].encode("utf-8", "replace").decode()  # it may hold half a surrogate pair
        raise NotStrict(f'The key "{shown}" stands twice in one object.')
    return found


def _no_constant(name: str) -> NoReturn:
    raise NotStrict(f"{name} is not a JSON value.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotStrict(f"The number {digits[:40]} is too large.")
    return number
