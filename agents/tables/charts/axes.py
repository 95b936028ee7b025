"""The frame of a chart: title, legend, both axes with their ticks and names. Called by `plots`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agents.tables.charts.scales import Bands, Scale, Tick
from agents.tables.charts.shapes import (
    COLOURS,
    FAINT,
    Box,
    Drawing,
    Line,
    Text,
    cut,
    width_of,
)  # fmt: skip

_SMALL, _NAME, _TITLE = 11.0, 12.0, 15.0
_EDGE = 14.0
_TURN = 40.0
_LONGEST_TICK = 110.0
_ROOM_TURNED = 64.0


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The rectangle where marks are drawn, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


def frame(
    drawing: Drawing, *, y_ticks: Sequence[Tick], names: Sequence[str], below: float
) -> Frame:
    """What is left beside the texts; `below` is the height of the tick labels of x. Labels that are
    turned reach to the left of the first bar."""
    widest = max((width_of(text, _SMALL) for _, text in y_ticks), default=0.0)
    top = _EDGE + (24 if drawing.title else 0) + (22 if names else 0) + 4
    return Frame(
        left=max(_EDGE + widest + 8, _ROOM_TURNED if below > _SMALL + 6 else 0.0),
        top=top,
        right=drawing.width - _EDGE - 6,
        bottom=max(top + 20, drawing.height - _EDGE - below - 20),
    )


def labels_height(names: Sequence[str], room: float) -> float:
    """Of the tick labels below x, which are turned when they do not fit side by side."""
    if not _turned(names, room):
        return _SMALL + 6
    widest = max(min(width_of(name, _SMALL), _LONGEST_TICK) for name in names)
    return widest * math.sin(math.radians(_TURN)) + _SMALL + 6


def draw_heads(drawing: Drawing, area: Frame, names: Sequence[str]) -> None:
    """The title, and the legend or the name of the only series."""
    y = _EDGE + _TITLE - 3
    if drawing.title:
        title = cut(drawing.title, _TITLE, drawing.width - 2 * _EDGE)
        drawing.shapes.append(Text(x=_EDGE, y=y, text=title, size=_TITLE, bold=True))
    x, y = _EDGE, area.top - 13
    room = (drawing.width - 2 * _EDGE) / max(1, len(names)) - 26
    for number, name in enumerate(names):
        drawing.shapes.append(Box(x=x, y=y - 9, width=10, height=10, colour=colour(number)))
        text = cut(name, _NAME, room)
        drawing.shapes.append(Text(x=x + 15, y=y, text=text, size=_NAME))
        x += width_of(text, _NAME) + 33


def draw_nothing(drawing: Drawing, area: Frame) -> None:
    """Instead of marks."""
    x, y = (area.left + area.right) / 2, (area.top + area.bottom) / 2
    drawing.shapes.append(Text(x=x, y=y, text="no values", size=_NAME, anchor="middle"))


def colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def draw_y(drawing: Drawing, area: Frame, scale: Scale) -> None:
    for value, text in scale.ticks():
        y = scale.at(value)
        drawing.shapes.append(
            Line(points=[(area.left, y), (area.right, y)], colour=FAINT, width=1, opacity=0.35)
        )
        drawing.shapes.append(
            Text(x=area.left - 7, y=y + _SMALL * 0.35, text=text, size=_SMALL, anchor="end")
        )


def draw_base(drawing: Drawing, area: Frame, y: float) -> None:
    """The line that bars stand on, or the lower edge."""
    drawing.shapes.append(Line(points=[(area.left, y), (area.right, y)], colour=FAINT))


def draw_x(drawing: Drawing, area: Frame, scale: Scale, name: str) -> None:
    if isinstance(scale, Bands):
        _draw_bands(drawing, area, scale)
    else:
        _draw_ticks(drawing, area, scale)
    middle = (area.left + area.right) / 2
    text = cut(name, _NAME, area.right - area.left)
    drawing.shapes.append(
        Text(x=middle, y=drawing.height - _EDGE + 2, text=text, size=_NAME, anchor="middle")
    )


def _draw_ticks(drawing: Drawing, area: Frame, scale: Scale) -> None:
    free = -math.inf
    for value, text in scale.ticks():
        x, half = scale.at(value), width_of(text, _SMALL) / 2
        mark = Line(points=[(x, area.bottom), (x, area.bottom + 4)], colour=FAINT)
        drawing.shapes.append(mark)
        if x - half < free or x + half > drawing.width - 2:
            continue
        free = x + half + 8
        drawing.shapes.append(
            Text(x=x, y=area.bottom + _SMALL + 6, text=text, size=_SMALL, anchor="middle")
        )


def _draw_bands(drawing: Drawing, area: Frame, scale: Bands) -> None:
    turned = _turned(scale.names, area.right - area.left)
    every = math.ceil(18 / scale.band) if turned else 1
    for value, name in list(scale.ticks())[::every]:
        x = scale.at(value)
        if turned:
            room = min(_LONGEST_TICK, (x - 2) / math.cos(math.radians(_TURN)))
            text, y = cut(name, _SMALL, room), area.bottom + _SMALL + 2
            label = Text(x=x + 4, y=y, text=text, size=_SMALL, anchor="end", turned=-_TURN)
        else:
            y = area.bottom + _SMALL + 6
            label = Text(x=x, y=y, text=name, size=_SMALL, anchor="middle")
        drawing.shapes.append(label)


def _turned(names: Sequence[str], room: float) -> bool:
    band = room / max(1, len(names))
    return any(width_of(name, _SMALL) > band - 6 for name in names)
