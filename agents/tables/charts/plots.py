"""Bars, lines, dots and histograms: `Chart` data to a `Drawing`. Called by `charting`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from agents.tables.charts.axes import (
    Frame,
    colour,
    draw_base,
    draw_heads,
    draw_nothing,
    draw_x,
    draw_y,
    frame,
    labels_height,
)
from agents.tables.charts.histograms import counted, edges_of
from agents.tables.charts.scales import Bands, Linear, Scale, linear, times
from agents.tables.charts.shapes import Box, Dot, Drawing, Line, Point

MOST_DOTS = 5_000
_FEW = 60
"""So few points of a line get dots, too."""

Values = Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """x: numbers, seconds since 1970, or the numbers of `categories`. One list per series."""

    kind: Literal["bar", "line", "scatter", "histogram"]
    x: list[float]
    x_name: str
    series: Mapping[str, Values]
    x_is: Literal["number", "time", "category"] = "number"
    categories: tuple[str, ...] = ()
    bins: int | None = None


def draw(chart: Chart, *, width: int, height: int, title: str) -> Drawing:
    drawing = Drawing(width=width, height=height, title=title)
    if chart.kind == "histogram":
        _histogram(drawing, chart)
    else:
        _series(drawing, chart)
    return drawing


def _series(drawing: Drawing, chart: Chart) -> None:
    values = [v for series in chart.series.values() for v in series if v is not None]
    zero = chart.kind == "bar"
    area, y = _framed(drawing, chart, values, names=list(chart.series), zero=zero)
    x = _x_scale(chart, area)
    draw_heads(drawing, area, list(chart.series))
    draw_y(drawing, area, y)
    draw_base(drawing, area, y.at(0) if zero else area.bottom)
    draw_x(drawing, area, x, chart.x_name)
    if not values:
        draw_nothing(drawing, area)
    for number, series in enumerate(chart.series.values()):
        if isinstance(x, Bands) and chart.kind == "bar":
            _bars(drawing, x, y, series, number=number, of=len(chart.series))
        elif chart.kind == "line":
            _line(drawing, _points(chart.x, series, x, y), colour(number))
        else:
            most = MOST_DOTS // len(chart.series)
            _dots(drawing, _points(chart.x, series, x, y), colour(number), most=most)


def _framed(
    drawing: Drawing, chart: Chart, values: list[float], *, names: list[str], zero: bool
) -> tuple[Frame, Linear]:
    """The ticks of y need the height, and the frame needs the ticks: a first guess is enough."""
    guess = linear(values, start=drawing.height * 0.8, end=0, zero=zero)
    below = labels_height(chart.categories, drawing.width - 80.0)
    area = frame(drawing, y_ticks=guess.ticks(), names=names, below=below)
    return area, linear(values, start=area.bottom, end=area.top, zero=zero)


def _x_scale(chart: Chart, area: Frame) -> Scale:
    if chart.x_is == "category":
        return Bands(names=list(chart.categories), start=area.left, end=area.right)
    inside = 6 if chart.kind == "scatter" else 0
    start, end = area.left + inside, area.right - inside
    if chart.x_is == "time":
        return times(chart.x, start=start, end=end)
    return linear(chart.x, start=start, end=end, snug=chart.kind == "line")


def _bars(drawing: Drawing, x: Bands, y: Linear, series: Values, *, number: int, of: int) -> None:
    inner = x.band * (0.72 if x.band > 8 else 0.9)
    size = inner / of
    for position, value in enumerate(series):
        if value is None:
            continue
        left = x.at(position) - inner / 2 + number * size
        top, bottom = sorted((y.at(value), y.at(0)))
        gap = 1 if of > 1 and size > 4 else 0
        drawing.shapes.append(
            Box(x=left, y=top, width=size - gap, height=bottom - top, colour=colour(number))
        )


def _points(xs: Sequence[float], ys: Values, x: Scale, y: Scale) -> list[Point | None]:
    return [
        None if value is None else (x.at(at), y.at(value)) for at, value in zip(xs, ys, strict=True)
    ]


def _line(drawing: Drawing, points: list[Point | None], shade: str) -> None:
    """Interrupted where a value is missing; a value between two gaps is a dot."""
    for is_gap, part in groupby(points, key=lambda point: point is None):
        found = [point for point in part if point is not None]
        if is_gap:
            continue
        if len(found) > 1:
            drawing.shapes.append(Line(points=_thinned(found), colour=shade, width=2))
        if len(found) == 1 or len(points) <= _FEW:
            drawing.shapes += [Dot(x=px, y=py, radius=2.5, colour=shade) for px, py in found]


def _thinned(points: list[Point]) -> list[Point]:
    """At most four points per column of pixels: its first, lowest, highest and last. The line looks
    the same."""
    found: list[Point] = []
    for _, part in groupby(points, key=lambda point: int(point[0])):
        column = list(part)
        if len(column) <= 4:
            found += column
            continue
        ends = {0, len(column) - 1}
        heights = [py for _, py in column]
        ends |= {heights.index(min(heights)), heights.index(max(heights))}
        found += [column[i] for i in sorted(ends)]
    return found


def _dots(drawing: Drawing, points: list[Point | None], shade: str, *, most: int) -> None:
    """One per pixel is enough to see; of too many, every n-th."""
    present = dict.fromkeys((round(p[0], 1), round(p[1], 1)) for p in points if p is not None)
    found = list(present)[:: math.ceil(len(present) / most) or 1]
    size, opacity = (3.5, 0.7) if len(found) <= 500 else (2.5, 0.45)
    drawing.shapes += [
        Dot(x=px, y=py, radius=size, colour=shade, opacity=opacity) for px, py in found
    ]


def _histogram(drawing: Drawing, chart: Chart) -> None:
    edges = edges_of(chart.x, chart.bins)
    counts = counted(chart.x, edges)
    area, y = _framed(drawing, chart, [float(c) for c in counts], names=[], zero=True)
    x = linear(edges, start=area.left, end=area.right, snug=True)
    draw_heads(drawing, area, [])
    draw_y(drawing, area, y)
    draw_base(drawing, area, area.bottom)
    draw_x(drawing, area, x, chart.x_name)
    if not chart.x:
        draw_nothing(drawing, area)
    for (low, high), count in zip(pairwise(edges), counts, strict=True):
        left, right, top = x.at(low), x.at(high), y.at(count)
        size = right - left - (1 if right - left > 4 else 0)
        drawing.shapes.append(
            Box(x=left, y=top, width=size, height=area.bottom - top, colour=colour(0))
        )
