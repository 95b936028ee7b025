"""What a drawing is made of. Pixels from the top left; colours are `#rrggbb`. Both writers, `svg`
and `png`, know these four shapes and nothing else.
"""

from dataclasses import dataclass, field
from typing import Literal

INK = "#737985"
"""Of texts and axes: readable on a white page and on a dark one; there is no background."""
FAINT = "#9aa0aa"
COLOURS = ("#4a86d8", "#e0862d", "#3f9e6e", "#cf5576", "#8b6fd1", "#2c9fae")

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    colour: str
    opacity: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Line:
    """Through all points, with round ends."""

    points: list[Point]
    colour: str
    width: float = 1.0
    opacity: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Dot:
    x: float
    y: float
    radius: float
    colour: str
    opacity: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Text:
    """y is the baseline. `turned`: degrees, clockwise, around (x, y)."""

    x: float
    y: float
    text: str
    size: float = 12.0
    anchor: Anchor = "start"
    colour: str = INK
    bold: bool = False
    turned: float = 0.0


Shape = Box | Line | Dot | Text


@dataclass(kw_only=True)
class Drawing:
    width: int
    height: int
    title: str
    shapes: list[Shape] = field(default_factory=list)


def width_of(text: str, size: float) -> float:
    """Pixels, about: nobody here knows the reader's font."""
    return sum(map(_width, text)) * size


def _width(char: str) -> float:
    if char in _NARROW:
        return 0.34
    return 1.0 if char > _LATIN_TO_INDIC else 0.62


_NARROW = frozenset("iljtfrI.,:;'|!()[] -")
_LATIN_TO_INDIC = "\u10ff"
"""What comes later is mostly wide: Chinese, Japanese, Korean."""


def cut(text: str, size: float, room: float) -> str:
    """The text, shortened to the room it has."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"
