"""What subscribers are told: events, states, the end. Each is encoded once, for all of them.

The bodies are the same for GET, SSE and WebSockets, and described in docs/live-updates.md.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from executions.events import Result
from executions.serializers import finished

TRACEBACK = "traceback"
"""The kind of event that only administrators of the organization see."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """body is the text of a JSON object. seq is that of an event. final: of this execution nothing
    will follow. private: for administrators of its organization."""

    type: Literal["event", "state", "end", "ready"]
    body: str
    seq: int = 0
    final: bool = False
    private: bool = False

    @cached_property
    def frame(self) -> str:
        """A message of a WebSocket: the body, with its type in it."""
        more = self.body[1:] if self.body == "{}" else f",{self.body[1:]}"
        return f'{{"type":"{self.type}"{more}'

    @cached_property
    def sse(self) -> bytes:
        """An event of a stream. Only events have ids, so that a client resumes after the last."""
        id_line = f"id: {self.seq}\n" if self.type == "event" else ""
        return f"event: {self.type}\n{id_line}data: {self.body}\n\n".encode()

    @property
    def size(self) -> int:
        """Bytes, nearly."""
        return len(self.body)


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """data is JSON text as stored."""

    execution_id: str
    seq: int
    attempt: int
    kind: str
    level: str
    message: str
    data: str | None
    at: datetime

    @property
    def private(self) -> bool:
        return self.kind == TRACEBACK

    @property
    def body(self) -> str:
        given = {
            "seq": self.seq, "attempt": self.attempt, "kind": self.kind, "level": self.level,
            "message": self.message, "at": time_text(self.at),
        }  # fmt: skip
        return f'{json.dumps(given)[:-1]}, "data": {self.data or "null"}}}'


@dataclass(frozen=True, kw_only=True)
class StateRow:
    """An execution as it was at one moment. state and what follows is None for a row of the
    gateway's that was never submitted."""

    execution_id: str
    org_id: str
    module_id: str
    status: str
    state: str | None
    outcome: str | None
    attempt: int | None
    queued_at: datetime | None
    claimed_at: datetime | None
    finished_at: datetime | None
    cancel_requested: bool

    @property
    def final(self) -> bool:
        return self.state == "done" if self.state else self.status in {"completed", "failed"}

    @property
    def body(self) -> str:
        return json.dumps(
            {
                "execution_id": self.execution_id,
                "module_id": self.module_id,
                "state": self.state,
                "status": self.status,
                "outcome": self.outcome,
                "attempt": self.attempt,
                "queued_at": time_text(self.queued_at),
                "claimed_at": time_text(self.claimed_at),
                "finished_at": time_text(self.finished_at),
                "cancel_requested": self.cancel_requested,
            }
        )


READY = Message(type="ready", body="{}")


def event(row: EventRow) -> Message:
    return Message(type="event", body=row.body, seq=row.seq, private=row.private)


def state(row: StateRow) -> Message:
    return Message(type="state", body=row.body, final=row.final)


def end(result: Result, *, omitted: bool) -> Message:
    """The four fields of every answer, without line breaks: a stored output may have some. omitted:
    the output is large, and was not read."""
    body = finished(result).content.decode().replace("\n", " ").replace("\r", " ")
    if omitted:
        body = f'{body[:-1]}, "output_omitted": true}}'
    return Message(type="end", body=body, final=True)


def time_text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
