"""What an execution's state is called, and how it looks: a word, an icon and a tone."""

from dataclasses import dataclass

from executions.models import ModuleExecution, Run


@dataclass(frozen=True, kw_only=True)
class Status:
    """tone names a class of the style sheet; live: it will change by itself."""

    word: str
    icon: str
    tone: str
    live: bool = False


QUEUED = Status(word="Queued", icon="hourglass_empty", tone="waiting", live=True)
PAUSED = Status(word="Pausing", icon="pause_circle", tone="waiting", live=True)
RUNNING = Status(word="Running", icon="progress_activity", tone="running", live=True)
STOPPING = Status(word="Stopping", icon="stop_circle", tone="running", live=True)
COMPLETED = Status(word="Completed", icon="check_circle", tone="good")
FAILED = Status(word="Failed", icon="error", tone="bad")
NEVER_SENT = Status(word="Not sent", icon="inbox", tone="quiet")
"""A row that the gateway wrote and did not ask us to run (yet)."""

_OUTCOMES = {
    Run.Outcome.COMPLETED: COMPLETED,
    Run.Outcome.FAILED: FAILED,
    Run.Outcome.TIMED_OUT: Status(word="Took too long", icon="timer_off", tone="bad"),
    Run.Outcome.CANCELLED: Status(word="Cancelled", icon="cancel", tone="quiet"),
    Run.Outcome.LOST: Status(word="Lost", icon="link_off", tone="bad"),
}
_SHARED = {"completed": COMPLETED, "failed": FAILED, "running": RUNNING}


def status_of(execution: ModuleExecution, run: Run | None) -> Status:
    """The run knows better than the shared row, which has fewer words."""
    if run is None:
        return _SHARED.get(execution.status, NEVER_SENT)
    if run.outcome:
        return _OUTCOMES[Run.Outcome(run.outcome)]
    if run.state == Run.State.RUNNING:
        return STOPPING if run.cancel_requested_at else RUNNING
    return PAUSED if run.suspended else QUEUED
