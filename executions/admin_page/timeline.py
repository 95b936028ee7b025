"""What happened when, as bars on one scale: queued, each attempt, its steps, what it asked.

Positions are percentages of the whole, made here; the template only draws. Called by `reading`.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from executions.admin_page import words
from executions.approvals import shown_state
from executions.attempts import Attempt
from executions.models import Approval, Run, Step

_MOST_STEPS = 100
_THINNEST = 0.4
_WHOLE = 100.0


@dataclass(frozen=True, kw_only=True)
class Span:
    """end None: it goes on."""

    label: str
    detail: str
    tone: str
    start: dt.datetime
    end: dt.datetime | None
    inner: bool = False


@dataclass(frozen=True, kw_only=True)
class Bar:
    """left and width: percent, as text that CSS reads in every language."""

    span: Span
    left: str
    width: str
    took: str


def spans(
    run: Run, attempts: Sequence[Attempt], steps: Sequence[Step], approvals: Sequence[Approval]
) -> Iterator[Span]:
    began = next((one.started_at for one in attempts if one.started_at), None)
    first_step = min((step.started_at for step in steps), default=None)
    over = began or run.finished_at or first_step
    queued = "Waited to be started" if over else "Waits to be started"
    yield Span(label="Queued", detail=queued, tone="warn", start=run.queued_at, end=over)
    for attempt in attempts:
        if attempt.started_at is not None:
            yield _attempt(attempt, attempt.started_at)
    for step in steps[:_MOST_STEPS]:
        yield _step(step)
    for approval in approvals:
        yield _approval(approval, ended=run.finished_at)


def _attempt(attempt: Attempt, started_at: dt.datetime) -> Span:
    status = words.outcome(attempt.outcome)
    return Span(
        label=f"Attempt {attempt.number}", detail=status.word, tone=status.tone,
        start=started_at, end=attempt.finished_at,
    )  # fmt: skip


def _step(step: Step) -> Span:
    status = words.STEPS[step.status]
    waits = step.status == Step.Status.WAITING
    return Span(
        label=str(step), detail=status.word, tone=status.tone, inner=True,
        start=step.started_at, end=None if waits else step.finished_at,
    )  # fmt: skip


def _approval(approval: Approval, *, ended: dt.datetime | None) -> Span:
    state = shown_state(approval, ended=ended is not None)
    status = words.APPROVALS[state]
    over = ended if state == "closed" else approval.decided_at
    if state == Approval.State.EXPIRED:
        over = over or approval.expires_at
    return Span(
        label=approval.title, detail=f"Approval: {status.word.lower()}", tone=status.tone,
        inner=True, start=approval.asked_at, end=over,
    )  # fmt: skip


def bars(found: Sequence[Span], *, now: dt.datetime) -> list[Bar]:
    """now: where those end that go on."""
    first = min((span.start for span in found), default=now)
    last = max((span.end or now for span in found), default=now)
    whole = max((last - first).total_seconds(), 0.001)
    return [_bar(span, first=first, whole=whole, now=now) for span in found]


def _bar(span: Span, *, first: dt.datetime, whole: float, now: dt.datetime) -> Bar:
    took = max(((span.end or now) - span.start).total_seconds(), 0)
    width = min(max(took / whole * _WHOLE, _THINNEST), _WHOLE)
    left = min((span.start - first).total_seconds() / whole * _WHOLE, _WHOLE - width)
    return Bar(
        span=span, left=f"{max(left, 0):.2f}", width=f"{width:.2f}", took=words.duration(took)
    )
