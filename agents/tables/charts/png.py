"""A drawing as PNG, with nothing but numpy and zlib: smooth edges, transparent ground.

A picture is made twice as large as asked for, unless it is large already, so that it is sharp on
the screens of today. Each shape becomes a coverage between 0 and 1 of the pixels around it, and is
laid over what is there.
"""

import math
import struct
import zlib
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agents.tables.charts import strokes
from agents.tables.charts.shapes import Box, Dot, Drawing, Line, Point, Shape, Text

_LARGE = 800_000
"""Pixels; a canvas takes 16 bytes for each, 64 when it is doubled."""
_REGULAR, _BOLD = 0.095, 0.135
"""Thickness of letters, in parts of their size."""
_CAPITALS = 0.72
"""Height of capitals, in parts of the size."""

Pixels = NDArray[np.float32]


def png(drawing: Drawing) -> bytes:
    canvas = _Canvas(drawing, scale=2 if drawing.width * drawing.height <= _LARGE else 1)
    for shape in drawing.shapes:
        canvas.draw(shape)
    return canvas.encoded()


class _Canvas:
    """Premultiplied red, green, blue and alpha, as floats."""

    def __init__(self, drawing: Drawing, *, scale: int) -> None:
        self.scale = scale
        self.width, self.height = drawing.width * scale, drawing.height * scale
        self.pixels: Pixels = np.zeros((self.height, self.width, 4), dtype=np.float32)
        self.xs = np.arange(self.width, dtype=np.float32) + 0.5
        self.ys = np.arange(self.height, dtype=np.float32) + 0.5

    def draw(self, shape: Shape) -> None:
        if isinstance(shape, Box):
            self._box(shape)
        elif isinstance(shape, Dot):
            at = (shape.x * self.scale, shape.y * self.scale)
            self._path([[at, at]], shape.colour, shape.radius * 2 * self.scale, shape.opacity)
        elif isinstance(shape, Line):
            points = [(x * self.scale, y * self.scale) for x, y in shape.points]
            self._path([points], shape.colour, shape.width * self.scale, shape.opacity)
        else:
            self._text(shape)

    def _box(self, box: Box) -> None:
        left, top = box.x * self.scale, box.y * self.scale
        right, bottom = left + box.width * self.scale, top + box.height * self.scale
        rows, columns = self._window(left, top, right, bottom)
        across = np.clip(np.minimum(self.xs[columns] + 0.5, right) - np.maximum(
            self.xs[columns] - 0.5, left), 0, 1)  # fmt: skip
        down = np.clip(np.minimum(self.ys[rows] + 0.5, bottom) - np.maximum(
            self.ys[rows] - 0.5, top), 0, 1)  # fmt: skip
        self._lay(rows, columns, down[:, None] * across[None, :], box.colour, box.opacity)

    def _text(self, text: Text) -> None:
        size = text.size * self.scale
        grid = size * _CAPITALS / strokes.CAPITALS
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
        left = -shift * strokes.width(text.text) * grid
        turn = math.radians(text.turned)
        cos, sin = math.cos(turn), math.sin(turn)
        lines = [
            [
                self._placed(
                    text,
                    (left + x * grid) * cos + y * grid * sin,
                    (left + x * grid) * sin - y * grid * cos,
                )
                for x, y in line
            ]
            for line in strokes.strokes(text.text)
        ]
        self._path(lines, text.colour, size * (_BOLD if text.bold else _REGULAR), 1.0)

    def _placed(self, text: Text, x: float, y: float) -> Point:
        return text.x * self.scale + x, text.y * self.scale + y

    def _path(
        self, lines: Iterable[list[Point]], colour: str, thickness: float, opacity: float
    ) -> None:
        """All lines as one shape: where they cross they are not darker."""
        lines = [line for line in lines if line]
        if not lines:
            return
        reach = thickness / 2 + 1
        xs, ys = [x for line in lines for x, _ in line], [y for line in lines for _, y in line]
        rows, columns = self._window(
            min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach
        )
        cover: Pixels = np.zeros(
            (rows.stop - rows.start, columns.stop - columns.start), dtype=np.float32
        )
        for line in lines:
            for start, end in pairwise(line if len(line) > 1 else line * 2):
                self._segment(cover, rows, columns, start, end, thickness / 2)
        self._lay(rows, columns, cover, colour, opacity)

    def _segment(
        self, cover: Pixels, rows: slice, columns: slice, start: Point, end: Point, radius: float
    ) -> None:
        """By each pixel's distance from the nearest point of the segment."""
        (ax, ay), (bx, by) = start, end
        reach = radius + 1
        down, across = self._window(
            min(ax, bx) - reach, min(ay, by) - reach, max(ax, bx) + reach, max(ay, by) + reach
        )
        if down.start >= down.stop or across.start >= across.stop:
            return
        x, y = self.xs[across][None, :] - ax, self.ys[down][:, None] - ay
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        along = np.clip((x * dx + y * dy) / length, 0, 1) if length else np.float32(0)
        distance = np.hypot(x - along * dx, y - along * dy)
        part = cover[
            down.start - rows.start : down.stop - rows.start,
            across.start - columns.start : across.stop - columns.start,
        ]
        np.maximum(part, np.clip(radius + 0.5 - distance, 0, 1), out=part)

    def _window(self, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
        """(rows, columns) of the pixels in the rectangle."""
        return (
            slice(*_clamped(top, bottom, self.height)), slice(*_clamped(left, right, self.width))
        )  # fmt: skip

    def _lay(self, rows: slice, columns: slice, cover: Pixels, colour: str, opacity: float) -> None:
        alpha = (cover * opacity)[:, :, None]
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        ink = np.array([red, green, blue, 1.0], dtype=np.float32)
        below = self.pixels[rows, columns]
        below *= 1 - alpha
        below += alpha * ink

    def encoded(self) -> bytes:
        """As a file. In place, because large pictures would need several times their size; the
        canvas cannot be drawn on any more."""
        colours, alpha = self.pixels[:, :, :3], self.pixels[:, :, 3:]
        np.divide(colours, alpha, out=colours, where=alpha > 0)
        self.pixels *= 255
        np.clip(np.rint(self.pixels, out=self.pixels), 0, 255, out=self.pixels)
        octets = self.pixels.astype(np.uint8)
        rows = np.zeros((self.height, 1 + self.width * 4), dtype=np.uint8)  # 0: no filter
        rows[:, 1:] = octets.reshape(self.height, -1)
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 6, 0, 0, 0)
        return (
            b"\x89PNG\r\n\x1a\n"
            + _chunk(b"IHDR", head)
            + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
            + _chunk(b"IEND", b"")
        )


def _clamped(first: float, last: float, most: int) -> tuple[int, int]:
    start = min(most, max(0, math.floor(first)))
    return start, max(start, min(most, math.ceil(last)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
