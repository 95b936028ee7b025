"""What the demo prints: steps with their seconds, headings, tables. Colours on a terminal only,
and never with NO_COLOR."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

_LABEL = 10
_LINE = 62
_PLAIN = str.maketrans({"✓": "+", "✗": "x", "…": "...", "·": "-"})


class Step:
    """`said` is what the finished step's line tells."""

    said = ""


class Screen:
    """`plain` switches colours off. Lines go out at once, also through a pipe."""

    def __init__(self, out: TextIO, *, plain: bool = False) -> None:
        self._out = out
        self._terminal = out.isatty() and os.environ.get("TERM") != "dumb"
        self._colours = self._terminal and not plain and not os.environ.get("NO_COLOR")
        self._unicode = "utf" in (out.encoding or "").lower()

    def line(self, text: str = "") -> None:
        self._write(f"{text}\n")

    def heading(self, text: str) -> None:
        self.line(f"\n{self.bold(text)}")

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """One line for what happens inside: what is going on, then how it went and how long."""
        began, step = time.monotonic(), Step()
        if self._terminal:
            self._write(f"  … {label}")
        try:
            yield step
        except BaseException:
            self._finish(self._coded("31", "✗"), label, "", began)
            raise
        self._finish(self._coded("32", "✓"), label, step.said, began)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """The first row are headings. The first two columns are text, the others numbers."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for number, row in enumerate(rows):
            cells = [
                cell.ljust(width) if place < 2 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            text = "  ".join(cells).rstrip()
            self.line(f"  {self.dim(text) if number == 0 else text}")

    def bold(self, text: str) -> str:
        return self._coded("1", text)

    def dim(self, text: str) -> str:
        return self._coded("2", text)

    def _finish(self, mark: str, label: str, said: str, began: float) -> None:
        start = "\r\x1b[K" if self._terminal else ""
        took = self.dim(f"{time.monotonic() - began:5.1f} s")
        self._write(f"{start}  {mark} {label:{_LABEL}}{said:{_LINE}}{took}\n")

    def _coded(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours else text

    def _write(self, text: str) -> None:
        if not self._unicode:
            text = text.translate(_PLAIN).encode("ascii", "replace").decode()
        self._out.write(text)
        self._out.flush()
