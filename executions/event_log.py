"""Events of runs in flight, collected between two writes and kept within bounds.

What an agent reports is material, not trusted: it is made storable, shortened, and an execution
that reports without end is cut off with one line that says so.
"""

import json
from typing import Any

from agents.encoding import jsonable, to_json
from agents.errors import InvalidOutput
from executions.claims import Claimed, NewEvent

_MAX_MESSAGE = 10_000
_MAX_DATA = 100_000
_MAX_EVENTS = 10_000
_LEVELS = ("debug", "info", "warning", "error")


class EventLog:
    def __init__(self) -> None:
        self._waiting: list[NewEvent] = []
        self._counts: dict[str, int] = {}

    @property
    def waiting(self) -> list[NewEvent]:
        """What is not written yet."""
        return self._waiting

    def written(self) -> None:
        """All of it; what could not be written is tried again on the next connection."""
        self._waiting = []

    def add(self, run: Claimed, kind: Any, data: Any) -> None:
        """A frame from a host: log, progress, token, step or usage."""
        if not isinstance(data, dict) or kind not in ("log", "progress", "token", "step"):
            return
        level = data.pop("level", "info")
        message = data.pop("message", data.pop("text", ""))
        self._append(
            run, kind, message, level if level in _LEVELS else "info", data.get("data", data)
        )

    def status(self, run: Claimed, message: str) -> None:
        self._append(run, "status", message, "warning")

    def traceback(self, run: Claimed, text: str) -> None:
        """For administrators; the error that callers see has none of it."""
        self._append(run, "traceback", text, "error")

    def _append(self, run: Claimed, kind: str, message: Any, level: str, data: Any = None) -> None:
        count = self._counts[run.execution_id] = self._counts.get(run.execution_id, 0) + 1
        if count > _MAX_EVENTS:
            return
        if count == _MAX_EVENTS:
            kind, message, level, data = "status", "Further events are not kept.", "warning", None
        self._waiting.append(
            NewEvent(
                run=run, kind=kind, level=level,
                message=storable(str(message))[:_MAX_MESSAGE], data=_json(data),
            )
        )  # fmt: skip

    def forget(self, run: Claimed) -> None:
        self._counts.pop(run.execution_id, None)


def storable_usage(usage: Any) -> list[dict[str, Any]] | None:
    """What an agent says it used, or None when that is nothing or cannot be stored."""
    try:
        return jsonable(usage) or None
    except InvalidOutput:
        return None


def storable(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _json(data: Any) -> str | None:
    if not data:
        return None
    try:
        text = to_json(data)
    except InvalidOutput as error:
        text = json.dumps({"dropped": str(error)})
    return text if len(text) <= _MAX_DATA else '{"dropped": "too large"}'
