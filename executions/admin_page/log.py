"""What an execution has reported so far, as the page begins with it; the rest comes live.

Three kinds of an event are no lines of the log: streamed text grows in a place of its own, progress
is a bar, and tracebacks stand below the error, for the organization's admins. Called by `reading`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Q, TextField, When
from django.db.models.functions import Cast, Left

from executions.models import Event

_LINES = 500
_LONGEST_LINE = 2_000
_TOKENS = 2_000
_LONGEST_STREAM = 50_000
_TRACEBACKS = 3
_ELSEWHERE = ("token", "progress", "traceback")


@dataclass(frozen=True, kw_only=True)
class Line:
    """details: JSON text of what came along, its beginning. Of an attempt the timeline has it."""

    seq: int
    at: datetime
    level: str
    kind: str
    message: str
    details: str | None


@dataclass(frozen=True, kw_only=True)
class Log:
    """lines: oldest first; `before` is where the page with earlier ones ends, None when there are
    none. last_seq: from here on it is news. streamed: the text of the last attempt, its end."""

    lines: list[Line] = field(default_factory=list)
    before: int | None = None
    last_seq: int = 0
    streamed: str = ""
    progress: "Progress | None" = None


@dataclass(frozen=True, kw_only=True)
class Progress:
    percent: int
    message: str


def read(org_id: str, execution_id: str, *, attempt: int, before: int | None) -> Log:
    """before: only lines with smaller numbers, to look further back."""
    events = Event.objects.for_org(org_id).filter(execution_id=execution_id)
    last_seq = events.order_by("-seq").values_list("seq", flat=True).first()
    if last_seq is None:
        return Log()
    known = events.filter(seq__lte=last_seq)
    wanted = known.exclude(kind__in=_ELSEWHERE)
    if before is not None:
        wanted = wanted.filter(seq__lt=before)
    newest = _lines(wanted)
    lines = newest[:_LINES][::-1]
    return Log(
        lines=lines,
        before=lines[0].seq if len(newest) > _LINES else None,
        last_seq=last_seq,
        streamed=_streamed(known.filter(kind="token", attempt=attempt)),
        progress=_progress(known.filter(kind="progress", attempt=attempt)),
    )


def _lines(events: Any) -> list[Line]:
    """The newest first, one more than are shown."""
    short = events.annotate(
        said=Left("message", _LONGEST_LINE),
        more=Case(When(~Q(kind="attempt"), then=Left(Cast("data", TextField()), _LONGEST_LINE))),
    )
    rows = short.order_by("-seq").values_list("seq", "at", "level", "kind", "said", "more")
    return [
        Line(seq=seq, at=at, level=level, kind=kind, message=said, details=more)
        for seq, at, level, kind, said, more in rows[: _LINES + 1]
    ]


def tracebacks(org_id: str, execution_id: str) -> list[Event]:
    """Of the last attempts, the newest first."""
    events = Event.objects.for_org(org_id).filter(execution_id=execution_id, kind="traceback")
    return list(events.order_by("-seq")[:_TRACEBACKS])


def _streamed(tokens: Any) -> str:
    newest = list(tokens.order_by("-seq").values_list("message", flat=True)[:_TOKENS])
    return "".join(reversed(newest))[-_LONGEST_STREAM:]


def _progress(events: Any) -> Progress | None:
    last = events.order_by("-seq").first()
    data = last.data if last is not None else None
    fraction = data.get("fraction") if isinstance(data, dict) else None
    if last is None or not isinstance(fraction, int | float):
        return None
    return Progress(percent=round(min(max(fraction, 0), 1) * 100), message=last.message)
