"""A drawing as SVG text: no script, no link, no style sheet, every text escaped."""

import re
from xml.sax.saxutils import escape, quoteattr

from agents.tables.charts.shapes import Box, Dot, Drawing, Line, Shape, Text

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def svg(drawing: Drawing) -> str:
    size = f'width="{drawing.width}" height="{drawing.height}"'
    view = f'viewBox="0 0 {drawing.width} {drawing.height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img"'
    label = f" aria-label={quoteattr(_clean(drawing.title or 'chart'))}"
    inner = "".join(map(_element, drawing.shapes))
    return f"{head}{label} font-family={quoteattr(_FONT)}>{inner}</svg>"


def _element(shape: Shape) -> str:
    if isinstance(shape, Box):
        at = f'x="{_n(shape.x)}" y="{_n(shape.y)}"'
        size = f'width="{_n(max(0.0, shape.width))}" height="{_n(max(0.0, shape.height))}"'
        return f'<rect {at} {size} fill="{shape.colour}"{_opacity(shape)}/>'
    if isinstance(shape, Dot):
        at = f'cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.radius)}"'
        return f'<circle {at} fill="{shape.colour}"{_opacity(shape)}/>'
    if isinstance(shape, Line):
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in shape.points)
        stroke = f'stroke="{shape.colour}" stroke-width="{_n(shape.width)}"'
        ends = ' stroke-linejoin="round" stroke-linecap="round"' if shape.width > 1 else ""
        return f'<polyline points="{points}" fill="none" {stroke}{ends}{_opacity(shape)}/>'
    return _text(shape)


def _text(shape: Text) -> str:
    at = f'x="{_n(shape.x)}" y="{_n(shape.y)}" font-size="{_n(shape.size)}" fill="{shape.colour}"'
    anchor = f' text-anchor="{shape.anchor}"' if shape.anchor != "start" else ""
    weight = ' font-weight="600"' if shape.bold else ""
    turn = f"rotate({_n(shape.turned)} {_n(shape.x)} {_n(shape.y)})"
    turned = f' transform="{turn}"' if shape.turned else ""
    return f"<text {at}{anchor}{weight}{turned}>{escape(_clean(shape.text))}</text>"


def _opacity(shape: Box | Dot | Line) -> str:
    return f' opacity="{_n(shape.opacity)}"' if shape.opacity < 1 else ""


def _n(number: float) -> str:
    """Two decimals are enough, and the same everywhere."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
