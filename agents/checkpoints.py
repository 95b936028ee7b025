"""What an execution keeps of itself: finished steps, approvals, and the wish to be woken later.

An agent that works in steps tells each one's end to its context (`checkpoint`); when the execution
starts again, after a crash or a pause, it is given what it told and need not do it twice.
`Suspended` ends an attempt, not the execution, which holds no place until it is due. Agents meet
all this through `AgentContext`; the host and the worker pass it on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agents.encoding import to_json
from agents.errors import InvalidOutput, PermanentError

WHOLE = -1
"""The index of a step that is not one of many items."""
MOST_STEPS = 10_000
MOST_BYTES = 4 * 1024 * 1024
MOST_BYTES_IN_ALL = 32 * 1024 * 1024
LONGEST_NAME = 64
LONGEST_WAIT_S = 366 * 86_400.0

Status = Literal["completed", "failed", "skipped", "waiting"]
Reason = Literal["approval", "wait"]


@dataclass(frozen=True, kw_only=True)
class FinishedStep:
    """A step as an earlier attempt told it. `waiting` ones are not finished: their output is what
    the agent wanted to remember."""

    status: Status
    output: Any = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A question to the organization's operators. state: pending, approved, rejected or expired;
    left_s: seconds until it expires, 0 once it is decided. by and at (ISO 8601) are the decision's.
    """

    state: Literal["pending", "approved", "rejected", "expired"]
    left_s: float = 0
    by: str = ""
    comment: str = ""
    at: str = ""


class Suspended(Exception):
    """Raise it to end the attempt and be started again in resume_in_s seconds, or as soon as an
    approval that was asked for is decided. The attempt does not count, and no time of waiting does.
    `step` and `reason` are shown to whoever asks why the execution waits."""

    def __init__(self, *, reason: Reason, step: str, resume_in_s: float) -> None:
        super().__init__(f"Suspended for {resume_in_s:.4g} seconds: {reason} of step {step!r}.")
        self.reason = reason
        self.step = step
        self.resume_in_s = min(max(resume_in_s, 0.0), LONGEST_WAIT_S)

    def header(self) -> dict[str, Any]:
        return {"reason": self.reason, "step": self.step, "resume_in_s": self.resume_in_s}


class Allowance:
    """How much one attempt may still keep. The host counts, and the worker counts again."""

    def __init__(self) -> None:
        self._steps, self._bytes = MOST_STEPS, MOST_BYTES_IN_ALL

    def take(self, size: int) -> None:
        """Raises PermanentError."""
        self._steps, self._bytes = self._steps - 1, self._bytes - size
        if self._steps < 0:
            raise PermanentError(f"More than {MOST_STEPS:,} steps of one execution are not kept.")
        if self._bytes < 0:
            raise PermanentError(
                f"The steps' outputs have more than {MOST_BYTES_IN_ALL:,} bytes in all."
            )


def checked_name(step: Any) -> str:
    if isinstance(step, str) and 0 < len(step) <= LONGEST_NAME and "\x00" not in step:
        return step
    raise PermanentError(f"A step's name must be text of 1 to {LONGEST_NAME} characters.")


def step_json(step: str, output: Any) -> bytes:
    """Raises PermanentError naming the step, for what cannot be stored or is too large."""
    try:
        text = b"" if output is None else to_json(output).encode()
    except InvalidOutput as error:
        why = str(error).replace("The output", "It")
        raise PermanentError(f"The output of the step {step!r} cannot be stored. {why}") from None
    if len(text) > MOST_BYTES:
        raise PermanentError(
            f"The output of the step {step!r} has {len(text):,} bytes; at most {MOST_BYTES:,} are "
            "kept. Keep less of it."
        )
    return text


def finished_step(header: Mapping[str, Any], body: bytes | bytearray) -> FinishedStep:
    """From the frame that the worker sent."""
    output = json.loads(body) if body else None
    return FinishedStep(status=header["status"], output=output, error=header["error"])
