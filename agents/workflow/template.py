"""Values with `${{ … }}` in their texts: taken apart once, filled in for each step.

A text that is one expression keeps the expression's type. Inside other text a result is rendered:
text as it is, null as nothing, everything else as JSON. Keys are never expressions. A text that is
exactly `${{ secrets.NAME }}` is left alone: whoever starts the run fills it before.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from agents.workflow.expressions import BadExpression, EvaluationFailed, Expression, compiled

DEEPEST: Final = 32
_OPEN, _CLOSE = "${{", "}}"
_SECRET = re.compile(r"\$\{\{\s{0,20}secrets\.[A-Za-z_][A-Za-z0-9_]{0,63}\s{0,20}\}\}")
_CLOSERS = {"{": 1, "}": -1}

Path = tuple[str | int, ...]


class NotRendered(ValueError):
    """path: where in the value; the message says why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(why)
        self.path = path


@lru_cache(maxsize=2048)
def pieces(text: str) -> tuple[str | Expression, ...]:
    """Text and expressions in their order. Raises BadExpression."""
    if _OPEN not in text or _SECRET.fullmatch(text):
        return (text,)
    found: list[str | Expression] = []
    start = 0
    while (opening := text.find(_OPEN, start)) >= 0:
        end = _end(text, opening + len(_OPEN))
        found += [text[start:opening], compiled(text[opening + len(_OPEN) : end].strip())]
        start = end + len(_CLOSE)
    found.append(text[start:])
    return tuple(piece for piece in found if piece != "")


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


def rendered(value: Any, scope: dict[str, Any], path: Path = ()) -> Any:
    """The value with its expressions' results. Raises NotRendered."""
    if isinstance(value, str):
        return _text(value, scope, path)
    if isinstance(value, dict):
        return {key: rendered(below, scope, (*path, key)) for key, below in value.items()}
    if isinstance(value, list):
        return [rendered(below, scope, (*path, n)) for n, below in enumerate(value)]
    return value


def _text(text: str, scope: dict[str, Any], path: Path) -> Any:
    try:
        found = pieces(text)
        if len(found) == 1 and isinstance(found[0], Expression):
            return found[0].evaluate(scope)
        return "".join(
            _as_text(piece.evaluate(scope)) if isinstance(piece, Expression) else piece
            for piece in found
        )
    except (BadExpression, EvaluationFailed) as error:
        raise NotRendered(path, str(error)) from None


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
