"""The attempts of a run, from what it left on record: an event for each that was followed by
another, and the run's own columns for the last one. Called by `serializers`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.dateparse import parse_datetime

from executions.models import Event, ModuleExecution, Run
from executions.times import seconds_between


@dataclass(frozen=True, kw_only=True)
class Attempt:
    number: int
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    outcome: str | None
    code: str | None
    error: str | None

    @property
    def duration_s(self) -> float | None:
        return seconds_between(self.started_at, self.finished_at)


def attempts_of(run: Run, execution: ModuleExecution, tried: Sequence[Event]) -> list[Attempt]:
    """tried: the events of kind `attempt`, oldest first."""
    return [*map(_tried, tried), *_last(run, execution)]


def total_s(attempts: Sequence[Attempt]) -> float | None:
    """Of those that ended, together; None while none has."""
    ended = [one.duration_s for one in attempts if one.duration_s is not None]
    return round(sum(ended), 3) if ended else None


def _tried(event: Event) -> Attempt:
    data = event.data or {}
    return Attempt(
        number=event.attempt,
        started_at=parse_datetime(data.get("started_at") or ""),
        finished_at=event.at,
        outcome="failed",
        code=data.get("code"),
        error=event.message,
    )


def _last(run: Run, execution: ModuleExecution) -> list[Attempt]:
    """The one that runs or ended it; none while it is queued or when it was never claimed."""
    if run.state == Run.State.QUEUED or run.claimed_at is None:
        return []
    return [
        Attempt(
            number=run.attempt,
            started_at=run.claimed_at,
            finished_at=run.finished_at,
            outcome=run.outcome,
            code=None,
            error=execution.error,
        )
    ]
