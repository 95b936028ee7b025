"""Steps and approvals of runs in flight: what hosts tell of them, until it is written.

Bounds are those of `agents.checkpoints`; what a host says is not trusted, and the rows say for
which organization it works. The reactor has everything written before the ends and pauses of the
same turn. `kept` reads it again.
"""

import math
from dataclasses import dataclass
from typing import Any

from agents.checkpoints import (
    LONGEST_NAME,
    LONGEST_WAIT_S,
    MOST_BYTES,
    MOST_BYTES_IN_ALL,
    MOST_STEPS,
    WHOLE,
)
from agents.protocol import Frame
from executions import sql
from executions.claims import Claimed, Connection
from executions.event_log import storable

_CHECKPOINT = sql.read("checkpoint.sql")
_ASK = sql.read("ask.sql")
_STATUSES = ("completed", "failed", "skipped", "waiting")
_MOST_APPROVALS = 200
_LONGEST_TITLE, _LONGEST_MESSAGE, _LONGEST_ERROR = 200, 10_000, 2_000


@dataclass(frozen=True, kw_only=True)
class NewStep:
    run: Claimed
    step: str
    index: int
    status: str
    output: str | None
    error: str
    took_s: float


@dataclass(frozen=True, kw_only=True)
class NewApproval:
    run: Claimed
    step: str
    title: str
    message: str
    expires_s: float


@dataclass
class _Used:
    steps: int = 0
    bytes: int = 0
    approvals: int = 0


class Checkpoints:
    def __init__(self) -> None:
        self._steps: dict[tuple[str, str, int], NewStep] = {}
        self._approvals: dict[tuple[str, str], NewApproval] = {}
        self._used: dict[str, _Used] = {}

    def heard(self, run: Claimed, frame: Frame) -> None:
        """Raises KeyError, TypeError or ValueError for a frame that makes no sense, or is one too
        many."""
        used = self._used.setdefault(run.execution_id, _Used())
        if frame.kind == "approval":
            asked = _approval(run, frame.header)
            used.approvals += 1
            self._approvals[run.execution_id, asked.step] = asked
        else:
            told = _step(run, frame)
            used.steps, used.bytes = used.steps + 1, used.bytes + len(frame.body)
            self._steps[run.execution_id, told.step, told.index] = told
        if (
            used.steps > MOST_STEPS
            or used.bytes > MOST_BYTES_IN_ALL
            or used.approvals > _MOST_APPROVALS
        ):
            raise ValueError("a host keeps to the limits of checkpoints")

    def forget(self, run: Claimed) -> None:
        """The attempt has ended; what it told is still written."""
        self._used.pop(run.execution_id, None)

    def write(self, conn: Connection, *, worker: str) -> None:
        """May fail with the connection, and is then done again."""
        if self._steps:
            _write_steps(conn, list(self._steps.values()), worker)
            self._steps.clear()
        if self._approvals:
            _ask(conn, list(self._approvals.values()), worker)
            self._approvals.clear()


def _write_steps(conn: Connection, new: list[NewStep], worker: str) -> None:
    conn.execute(
        _CHECKPOINT,
        {
            "worker": worker,
            "ids": [n.run.execution_id for n in new],
            "attempts": [n.run.attempt for n in new],
            "steps": [n.step for n in new],
            "indexes": [n.index for n in new],
            "statuses": [n.status for n in new],
            "outputs": [n.output for n in new],
            "errors": [n.error for n in new],
            "tooks": [n.took_s for n in new],
        },
    )


def _ask(conn: Connection, new: list[NewApproval], worker: str) -> None:
    conn.execute(
        _ASK,
        {
            "worker": worker,
            "ids": [n.run.execution_id for n in new],
            "attempts": [n.run.attempt for n in new],
            "steps": [n.step for n in new],
            "titles": [n.title for n in new],
            "messages": [n.message for n in new],
            "expires": [n.expires_s for n in new],
        },
    )


def _step(run: Claimed, frame: Frame) -> NewStep:
    header, body = frame.header, frame.body
    index, status = header["index"], header["status"]
    if type(index) is not int or not WHOLE <= index < MOST_STEPS or status not in _STATUSES:
        raise ValueError("a step has an index and a status")
    if len(body) > MOST_BYTES:
        raise ValueError("a step's output is too large")
    output = storable(body.decode("utf-8", "replace")) if body else None
    return NewStep(
        run=run, step=_name(header), index=index, status=status, output=output,
        error=storable(str(header["error"]))[:_LONGEST_ERROR], took_s=_seconds(header["took_s"]),
    )  # fmt: skip


def _approval(run: Claimed, header: dict[str, Any]) -> NewApproval:
    return NewApproval(
        run=run,
        step=_name(header),
        title=storable(str(header["title"]))[:_LONGEST_TITLE],
        message=storable(str(header["message"]))[:_LONGEST_MESSAGE],
        expires_s=_seconds(header["expires_s"]),
    )


def _name(header: dict[str, Any]) -> str:
    step = header["step"]
    if not isinstance(step, str) or not 0 < len(step) <= LONGEST_NAME:
        raise ValueError("a step has a name")
    return storable(step)


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise TypeError("seconds are a number")
    return float(min(max(value, 0), LONGEST_WAIT_S))
