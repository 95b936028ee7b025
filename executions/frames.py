"""What a run's two frames say: the one that sends it to a host, and the result that comes back.

Called by `flights`. What a host says is made storable here; what it means is decided there.
"""

from django.conf import settings

from agents.protocol import Frame
from executions import callback_addresses
from executions.claims import Claimed
from executions.event_log import storable, storable_usage
from executions.grants import Grants, header
from executions.kept import Kept
from executions.suspension import Pause
from modules.registry import RegisteredAgent


def run_header(
    run: Claimed, agent: RegisteredAgent, *, kept: Kept, grants: Grants
) -> dict[str, object]:
    """The input follows as the frame's body."""
    return {
        "id": run.execution_id,
        "agent": agent.name,
        "org_id": run.org_id,
        "module_id": run.module_id,
        "attempt": run.attempt,
        "timeout_s": run.limit_s,
        "config": (run.config or "").strip() or "{}",
        "secrets": agent.secrets(),
        "approvals": kept.approvals,
        "outbound": settings.OUTBOUND.to_header(),
        **header(agent, grants),
        **callback_addresses.header(run),
    }


class Result:
    """A result frame, made storable: a host may send anything, the row must stay readable.
    Raises KeyError for a frame that lacks a field, TypeError or ValueError for a senseless one."""

    def __init__(self, frame: Frame) -> None:
        header, self._body = frame.header, frame.body
        self.status = header["status"]
        self.error = storable(str(header["error"]))
        self.code = str(header["code"])
        self.retryable = header["retryable"] is True
        self.retry_after_s = _seconds(header["retry_after_s"])
        self.detail = str(header["detail"])
        self.usage = storable_usage(header["usage"])
        self.pause = Pause.of(header["suspended"]) if self.status == "suspended" else None
        self.size = len(frame.body)

    def output(self) -> str:
        return storable(self._body.decode("utf-8", "replace"))


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value >= 0 else None
