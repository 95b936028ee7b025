"""Worker processes and when they last said that they live."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from executions.admin_overview import words
from executions.models import Worker

_MOST = 50
_ALIVE_FOR = timedelta(seconds=30)  # six heartbeats, as for the claim


@dataclass(frozen=True, kw_only=True)
class Process:
    """beat: how long ago it was last heard of."""

    host: str
    pid: int
    version: str
    lanes: str
    since: datetime
    alive: bool
    beat: str


def alive() -> int:
    return Worker.objects.filter(beat_at__gt=Now() - _ALIVE_FOR).count()


def read() -> list[Process]:
    """Heard of last come first; the dead are listed until their rows go."""
    age = ExpressionWrapper(Now() - F("beat_at"), output_field=DurationField())
    rows = Worker.objects.annotate(age=age).order_by("-beat_at")
    return [
        Process(
            host=row.host, pid=row.pid, version=row.version, lanes=", ".join(row.lanes),
            since=row.started_at, alive=row.age < _ALIVE_FOR,
            beat=words.duration(max(row.age.total_seconds(), 0)),
        )
        for row in rows[:_MOST]
    ]  # fmt: skip
