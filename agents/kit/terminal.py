"""An execution's events as lines for people, as they come. Used by `manage.py run_agent`.

On a terminal, progress is a bar that stays in place; anywhere else it is a line like the others.
Tokens are written as they stream. Events may come from any thread.
"""

import json
import threading
import time
import unicodedata
from typing import Any, TextIO

_BAR = 24
_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, invisible ones, half pairs, line separators


def printable(text: str) -> str:
    """Without characters that a terminal obeys: agents pass on what strangers wrote."""
    return "".join(
        "�" if unicodedata.category(c) in _OBEYED and c not in "\n\t" else c for c in text
    )


def one_line(text: str) -> str:
    return printable(" ".join(text.split()))


class Terminal:
    """Seconds count from when it was made."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._bars = out.isatty()
        self._bar = ""
        self._streaming = False
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def emit(self, kind: str, data: dict[str, Any]) -> None:
        """An `AgentContext`'s emit."""
        with self._lock:
            if kind == "token":
                self._stream(printable(str(data["text"])))
            elif kind == "progress" and self._bars:
                self._draw(data)
            else:
                self._write_line(kind, data)

    def say(self, text: str) -> None:
        """A line of ours, below everything that the agent reported."""
        with self._lock:
            self._write(f"{self._without_bar()}{self._break()}{text}\n")

    def _write_line(self, kind: str, data: dict[str, Any]) -> None:
        elapsed = f"{time.monotonic() - self._began:8.3f}"
        head, text = _described(kind, data)
        self._write(f"{self._erased()}{self._break()}{elapsed}  {head:8}  {text}\n{self._bar}")

    def _stream(self, text: str) -> None:
        if not text:
            return
        self._streaming = not text.endswith("\n")
        self._write(f"{self._without_bar()}{text}")

    def _draw(self, data: dict[str, Any]) -> None:
        full = round(data["fraction"] * _BAR)
        message = one_line(str(data["message"]))[:40]
        bar = f"[{'#' * full}{'.' * (_BAR - full)}] {data['fraction']:4.0%}  {message}"
        self._write(f"{self._erased()}{self._break()}{bar}")
        self._bar = bar

    def _erased(self) -> str:
        return "\r\x1b[K" if self._bar else ""

    def _without_bar(self) -> str:
        erased, self._bar = self._erased(), ""
        return erased

    def _break(self) -> str:
        """Tokens leave a line open."""
        streaming, self._streaming = self._streaming, False
        return "\n" if streaming else ""

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _described(kind: str, data: dict[str, Any]) -> tuple[str, str]:
    if kind == "log":
        return str(data["level"])[:8], _with_data(str(data["message"]), data["data"])
    if kind == "step":
        told = {"output": data["data"].get("output"), "error": data["data"].get("error")}
        shown = {key: value for key, value in told.items() if value is not None}
        return kind, _with_data(str(data["message"]), shown)
    if kind == "progress":
        return kind, f"{data['fraction']:4.0%}  {one_line(str(data['message']))}".rstrip()
    return kind[:8], _with_data("", {k: v for k, v in data.items() if v is not None})


def _with_data(message: str, data: dict[str, Any]) -> str:
    shown = [f"{key}={json.dumps(value, ensure_ascii=False, default=str)}"
             for key, value in data.items()]  # fmt: skip
    lines = printable("  ".join([message, *shown] if message else shown)).splitlines()
    return f"\n{' ' * 20}".join(lines)
