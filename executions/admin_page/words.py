"""How an execution stands, in words for people who read no code; and how long things took.

Each status is a colour, a word and an icon, because not everybody sees colours. Used by the page,
its timeline and the comparison.
"""

from dataclasses import dataclass

from executions.models import ModuleExecution, Run

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True, kw_only=True)
class Status:
    """tone: good, bad, warn, busy or quiet, which the style sheet colours. icon: a name of Material
    Symbols. meaning: one sentence."""

    word: str
    tone: str
    icon: str
    meaning: str


_OUTCOMES = {
    "completed": Status(
        word="Completed", tone="good", icon="check_circle", meaning="It ran to its end."
    ),
    "failed": Status(
        word="Failed", tone="bad", icon="error",
        meaning="It could not do its work. The error below says why.",
    ),
    "timed_out": Status(
        word="Timed out", tone="bad", icon="timer_off",
        meaning="It took longer than it may, and was ended.",
    ),
    "cancelled": Status(
        word="Cancelled", tone="quiet", icon="block", meaning="It was ended before it had finished."
    ),
    "lost": Status(
        word="Lost", tone="bad", icon="link_off",
        meaning="The worker that ran it disappeared, and it may not be tried again. "
        "Whether its work was done is not known.",
    ),
}  # fmt: skip
_RUNNING = Status(
    word="Running", tone="busy", icon="play_circle", meaning="An agent is at work on it."
)
_CANCELLING = Status(
    word="Cancelling", tone="warn", icon="cancel",
    meaning="It was asked to end, and will within seconds.",
)  # fmt: skip
_CALLING = Status(
    word="Running", tone="busy", icon="play_circle", meaning="It waits for the modules it called."
)
_QUEUED = Status(
    word="Queued", tone="warn", icon="hourglass_top", meaning="It waits to be started."
)
_AGAIN = Status(
    word="Queued again", tone="warn", icon="hourglass_top",
    meaning="An attempt failed; the next one is to come.",
)  # fmt: skip
_APPROVAL = Status(
    word="Waiting for approval", tone="warn", icon="how_to_reg",
    meaning="It goes on when somebody approves or rejects.",
)  # fmt: skip
_PAUSE = Status(
    word="Paused", tone="warn", icon="pause_circle",
    meaning="It made a pause, and goes on by itself.",
)  # fmt: skip
_NO_RUN = {
    "pending": Status(
        word="Never started", tone="quiet", icon="inbox",
        meaning="The gateway wrote it down, but it was never handed over to be run.",
    ),
    "running": Status(
        word="Running elsewhere", tone="quiet", icon="play_circle",
        meaning="It was not run here; the gateway says that it runs.",
    ),
    "completed": Status(
        word="Completed elsewhere", tone="good", icon="check_circle",
        meaning="It was not run here; the gateway says that it completed.",
    ),
    "failed": Status(
        word="Failed elsewhere", tone="bad", icon="error",
        meaning="It was not run here; the gateway says that it failed.",
    ),
}  # fmt: skip
APPROVALS = {
    "pending": Status(word="Open", tone="warn", icon="how_to_reg", meaning=""),
    "approved": Status(word="Approved", tone="good", icon="check_circle", meaning=""),
    "rejected": Status(word="Rejected", tone="bad", icon="cancel", meaning=""),
    "expired": Status(word="Expired", tone="quiet", icon="timer_off", meaning=""),
    "closed": Status(word="Closed: the execution ended", tone="quiet", icon="block", meaning=""),
}
STEPS = {
    "completed": Status(word="Completed", tone="good", icon="check_circle", meaning=""),
    "failed": Status(word="Failed", tone="bad", icon="error", meaning=""),
    "skipped": Status(word="Skipped", tone="quiet", icon="skip_next", meaning=""),
    "waiting": Status(word="Waiting", tone="warn", icon="hourglass_top", meaning=""),
}


def status_of(execution: ModuleExecution, run: Run | None) -> Status:
    return _NO_RUN[execution.status] if run is None else run_status(run)


def run_status(run: Run) -> Status:
    if run.outcome is not None:
        return _OUTCOMES[run.outcome]
    if run.cancel_requested_at is not None:
        return _CANCELLING
    if run.state == Run.State.RUNNING:
        return _CALLING if run.waiting else _RUNNING
    if run.suspended:
        return _APPROVAL if run.suspended.startswith("approval:") else _PAUSE
    return _AGAIN if run.attempt else _QUEUED


def outcome(name: str | None) -> Status:
    """Of an attempt; None: it runs."""
    return _OUTCOMES[name] if name else _RUNNING


def duration(seconds: float | None) -> str:
    """1.2 s; 3 min 20 s; 2 h 5 min."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{max(seconds, 0) + 0:.2f} s"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    if seconds < _HOUR:
        return _two(seconds, _MINUTE, "min", 1, "s")
    if seconds < _DAY:
        return _two(seconds, _HOUR, "h", _MINUTE, "min")
    return _two(seconds, _DAY, "d", _HOUR, "h")


def _two(seconds: float, large: int, large_name: str, small: int, small_name: str) -> str:
    whole, rest = divmod(int(seconds), large)
    return (
        f"{whole} {large_name} {rest // small} {small_name}"
        if rest // small
        else (f"{whole} {large_name}")
    )


def size(count: int) -> str:
    """Bytes: 512 bytes; 12 KB; 3.4 MB."""
    if count < 1_000:
        return f"{count} bytes"
    return f"{count / 1_000:,.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"
