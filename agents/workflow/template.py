"""Values with `${{ … }}` in their texts: taken apart once, filled in for each step.

A text that is one expression keeps the expression's type. Inside other text a result is rendered:
text as it is, null as nothing, everything else as JSON. Keys are never expressions. A text that is
exactly `${{ secrets.NAME }}` is left alone: whoever starts the run fills it before.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from agents.secrets import is_reference
from agents.workflow.expressions import (
    BadExpression,
    Budget,
    EvaluationFailed,
    Expression,
    compiled,
)

DEEPEST: Final = 32
MOST_RENDERED: Final = 1_000_000
"""Values that one value's expressions may give, each as often as it stands there; about 32 MB."""
_LONGEST_REMEMBERED = 4_000
_OPEN, _CLOSE = "${{", "}}"
_CLOSERS = {"{": 1, "}": -1}

Path = tuple[str | int, ...]


class NotRendered(ValueError):
    """path: where in the value; the message says why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(why)
        self.path = path


def pieces(text: str) -> tuple[str | Expression, ...]:
    """Text and expressions in their order. Raises BadExpression."""
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _pieces(text)


def _pieces(text: str) -> tuple[str | Expression, ...]:
    if _OPEN not in text or is_reference(text):
        return (text,)
    found: list[str | Expression] = []
    start = 0
    while (opening := text.find(_OPEN, start)) >= 0:
        end = _end(text, opening + len(_OPEN))
        found += [text[start:opening], compiled(text[opening + len(_OPEN) : end].strip())]
        start = end + len(_CLOSE)
    found.append(text[start:])
    return tuple(piece for piece in found if piece != "")


_remembered = lru_cache(maxsize=2048)(_pieces)


def _end(text: str, start: int) -> int:
    """Where the expression that begins at `start` is closed; braces and quotes are its own."""
    depth, quote, position = 0, "", start
    while position < len(text):
        char = text[position]
        if quote:
            position += char == "\\"
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
        elif depth == 0 and text.startswith(_CLOSE, position):
            return position
        else:
            depth += _CLOSERS.get(char, 0)
        position += 1
    raise BadExpression("An expression that begins with ${{ is never closed with }}.")


def texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """All texts in a value that may be filled in. Raises NotRendered for too deep a nesting."""
    if len(path) > DEEPEST:
        raise NotRendered(path, f"Nested deeper than {DEEPEST} levels.")
    if isinstance(value, str):
        yield path, value
        return
    for key, below in _items(value):
        yield from texts(below, (*path, key))


def count(value: Any) -> int:
    """How many expressions begin in a value, as far down as they may; without a look at them."""
    found = 0
    with suppress(NotRendered):
        for _, text in texts(value):
            found += text.count(_OPEN)
    return found


def has_expression(text: str) -> bool:
    """Also where it is badly written: then nobody knows what it would give."""
    try:
        return any(isinstance(piece, Expression) for piece in pieces(text))
    except BadExpression:
        return True


def _items(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def rendered(value: Any, scope: dict[str, Any]) -> Any:
    """The value with its expressions' results. Raises NotRendered."""
    return _rendered(value, scope, (), Budget(MOST_RENDERED))


def _rendered(value: Any, scope: dict[str, Any], path: Path, budget: Budget) -> Any:
    if isinstance(value, str):
        return _text(value, scope, path, budget)
    if isinstance(value, dict):
        return {key: _rendered(v, scope, (*path, key), budget) for key, v in value.items()}
    if isinstance(value, list):
        return [_rendered(v, scope, (*path, n), budget) for n, v in enumerate(value)]
    return value


def _text(text: str, scope: dict[str, Any], path: Path, budget: Budget) -> Any:
    try:
        found = [
            _paid(piece.evaluate(scope), budget) if isinstance(piece, Expression) else piece
            for piece in pieces(text)
        ]
    except (BadExpression, EvaluationFailed) as error:
        raise NotRendered(path, str(error)) from None
    alone = len(found) == 1
    return found[0] if alone else "".join(map(_as_text, found))


def _paid(value: Any, budget: Budget) -> Any:
    budget.pay_whole(value)
    return value


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
