"""Which texts are numbers, and as what: the typing of CSV cells, used again by `cleaning`.

A column becomes numbers only if every cell is one and none would change: '00123' and '+49 30'
stay text, a fraction that a float cannot hold becomes a Decimal, integers have any size.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,299}")
_NUMBER = re.compile(r"-?(?:(?:0|[1-9][0-9]{0,299})(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DECIMAL_COMMA = str.maketrans({",": ".", ".": "_"})  # 1.234,5 has a separator: no number here
_BOOLEANS = {"true": True, "false": False}


def typed(cells: Sequence[str], decimal: str = ".") -> list[Any]:
    """One CSV column as integers, numbers, booleans or text; blank cells become None."""
    texts = [cell.strip() for cell in cells]
    present = [text for text in texts if text]
    if present and all(text.lower() in _BOOLEANS for text in present):
        return [_BOOLEANS[text.lower()] if text else None for text in texts]
    numbers = _numbers(texts if decimal == "." else [t.translate(_DECIMAL_COMMA) for t in texts])
    if numbers is not None:
        return numbers
    return [cell if text else None for cell, text in zip(cells, texts, strict=True)]


def number(text: str) -> int | float | Decimal | None:
    """The number a text stands for: int, else an exact float, else Decimal; None if it is none."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        return None
    as_float = float(text)
    if math.isinf(as_float):
        return None
    exact = Decimal(text)
    return as_float if exact == Decimal(repr(as_float)) else exact


def _numbers(texts: list[str]) -> list[Any] | None:
    """All texts as numbers, or None when one is not. One Decimal makes fractions Decimals."""
    found: list[Any] = []
    for text in texts:
        value = number(text) if text else None
        if text and value is None:
            return None
        found.append(value)
    if not any(type(value) is Decimal for value in found):
        return found
    return [Decimal(t) if type(v) is float else v for t, v in zip(texts, found, strict=True)]
