"""The functions of `derive` over numbers: exact for integers, 28 digits for decimals, and None
where there is no finite result (division by zero, overflow). Each takes present cells only and
raises TypeError for what is no number. Called by `agents.tables.deriving`.
"""

import math
import operator
from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import reduce
from typing import Any

from agents.tables.ordering import rank

Number = int | float | Decimal
_LARGEST = 10**308
_MOST_DIGITS = 300


def numeric(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function over numbers only, with its result made fit for a cell."""

    def checked(*values: Any) -> Any:
        numbers = _alike([_number(value) for value in values])
        try:
            return _finite(function(*numbers))
        except (ArithmeticError, ValueError):
            return None

    return checked


def _number(value: Any) -> Number:
    if type(value) in (int, float, Decimal):
        return value  # type: ignore[no-any-return]
    raise TypeError("a number")


def _alike(numbers: list[Number]) -> list[Any]:
    """Python does not mix floats and Decimals; a float is taken as the digits it shows."""
    if not any(type(value) is Decimal for value in numbers):
        return numbers
    return [Decimal(repr(value)) if type(value) is float else value for value in numbers]


def _finite(value: Any) -> Any:
    if isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    too_large = isinstance(value, (int, Decimal)) and not -_LARGEST <= value <= _LARGEST
    return None if too_large else value


def _divide(a: Any, b: Any) -> Any:
    """Whole numbers that divide without a rest stay whole."""
    if type(a) is int and type(b) is int and b and a % b == 0:
        return a // b
    return a / b


def _power(a: Any, b: Any) -> Any:
    if type(a) is int and type(b) is int and b >= 0 and a.bit_length() * b > 2048:
        raise OverflowError
    return a**b


def _round(value: Any, digits: Any = 0) -> Any:
    """Half away from zero, as people round; to an integer without digits."""
    if type(digits) is not int or abs(digits) > _MOST_DIGITS:
        raise TypeError(f"a whole number of digits up to {_MOST_DIGITS}")
    if type(value) is int and digits >= 0:
        return value
    exact = Decimal(repr(value)) if type(value) is float else Decimal(value)
    with localcontext(prec=2 * _MOST_DIGITS + 100):
        rounded = _half_away(exact, digits)
    if digits <= 0:
        return int(rounded)
    return rounded if type(value) is Decimal else float(rounded)


def _half_away(value: Decimal, digits: int) -> Decimal:
    step = Decimal(1).scaleb(-digits)
    whole, rest = divmod(abs(value), step)
    return (whole + (rest * 2 >= step)) * step * (-1 if value < 0 else 1)


def _least(*values: Any) -> Any:
    return min(values, key=rank)


def _greatest(*values: Any) -> Any:
    return max(values, key=rank)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": numeric(lambda *values: reduce(operator.add, values)),
    "subtract": numeric(operator.sub),
    "multiply": numeric(lambda *values: reduce(operator.mul, values)),
    "divide": numeric(_divide),
    "floor_divide": numeric(operator.floordiv),
    "modulo": numeric(operator.mod),
    "power": numeric(_power),
    "negate": numeric(operator.neg),
    "absolute": numeric(abs),
    "round": numeric(_round),
    "floor": numeric(math.floor),
    "ceil": numeric(math.ceil),
    "square_root": numeric(math.sqrt),
    "minimum": _least,
    "maximum": _greatest,
}
