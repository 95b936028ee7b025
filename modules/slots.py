"""When a schedule's slots are: pure arithmetic on instants, no database and no clock.

A slot is an instant (aware, UTC) at which a schedule wants a run. Cron expressions are read on the
wall clock of a time zone; what becomes of hours that the clock skips or shows twice stands at
`_of_cron`. Callers: `modules.schedule_rules` (is it valid, when is the next), and
`executions.schedules` (what is due).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from croniter import croniter

ON_TIME_S = 60
"""A slot this late is still on time: a restart of the cluster must not skip one."""
MOST_SLOTS = 100
OLDEST_SLOT = timedelta(days=1)
KEPT = timedelta(days=2)
"""For so long it is known what became of a slot."""
_MINUTE = timedelta(minutes=1)
_LOOK_BACK = (timedelta(days=1), timedelta(days=8), timedelta(days=40), timedelta(days=2000))


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Either a five-field cron expression read in `zone`, or every `interval_s` seconds counted
    from `since`. Both are valid here: `modules.schedule_rules` checks them."""

    since: datetime
    cron: str = ""
    interval_s: int | None = None
    zone: str = "UTC"


def slots_after(timing: Timing, after: datetime) -> Iterator[datetime]:
    """All slots later than `after`, ascending, each once. Ends only where a cron expression does.

    Raises croniter's and zoneinfo's ValueErrors for what is not valid."""
    if timing.interval_s is not None:
        return _of_interval(timing.since, timedelta(seconds=timing.interval_s), after)
    return _of_cron(timing.cron, ZoneInfo(timing.zone), after)


def due_slots(
    timing: Timing, *, first: datetime, now: datetime, catch_up: str
) -> tuple[list[datetime], bool]:
    """The slots to decide now, and whether others were missed. `first` is the earliest slot that
    nobody has decided.

    `none`: the newest slot, if it is on time. `last`: the newest slot, however late. `all`: the
    newest 100 of the last day; more would bury the present under work that nobody waits for.
    """
    if catch_up == "all":
        slots = _newest(timing, max(first, now - OLDEST_SLOT), now, MOST_SLOTS)
    elif catch_up == "last":
        slots = _last(timing, first, now)
    else:
        slots = _newest(timing, max(first, now - timedelta(seconds=ON_TIME_S)), now, 1)
    return slots, slots[:1] != [first]


def missed_slots(
    timing: Timing, *, first: datetime, now: datetime, decided: list[datetime]
) -> list[datetime]:
    """The newest slots from `first` to `now` that are not decided, so many as anybody counts."""
    found = _newest(timing, max(first, now - KEPT), now, MOST_SLOTS)
    return [slot for slot in found if slot not in decided]


def _last(timing: Timing, first: datetime, now: datetime) -> list[datetime]:
    """Looks back further and further, so that a year of minutes is not walked through."""
    for reach in _LOOK_BACK:
        if slots := _newest(timing, max(first, now - reach), now, 1):
            return slots
    return []


def _newest(timing: Timing, start: datetime, now: datetime, most: int) -> list[datetime]:
    """The last `most` slots from `start` to `now`, both included."""
    slots = slots_after(timing, start - timedelta(microseconds=1))
    return list(deque(takewhile(lambda slot: slot <= now, slots), maxlen=most))


def _of_interval(since: datetime, every: timedelta, after: datetime) -> Iterator[datetime]:
    slot = since + every * max((after - since) // every + 1, 1)
    while True:
        yield slot
        slot += every


def _of_cron(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The wall clock's times, made instants.

    An expression that names its hours means the clock on the wall: a time that comes twice is one
    slot, the earlier; a time that the clock skips is due at the first minute after the gap. One
    that runs every hour (`*`) means elapsed time: both hours with the same name have slots, and the
    skipped hour has none.
    """
    start = after.astimezone(zone).replace(tzinfo=None) - timedelta(hours=3)  # before any fold
    every_hour = cron.split()[1] == "*"
    streams = [_instants(_walls(cron, start), zone, fold=0, gaps=not every_hour)]
    if every_hour:
        streams.append(_instants(_walls(cron, start), zone, fold=1, gaps=False))
    later = (slot for slot in merge(*streams) if slot > after)
    earlier = after
    for slot in later:
        if slot > earlier:
            yield slot
        earlier = slot


def _walls(cron: str, start: datetime) -> Iterator[datetime]:
    times = croniter(cron, start, ret_type=datetime)
    while True:
        yield times.get_next(datetime)


def _instants(
    walls: Iterator[datetime], zone: ZoneInfo, *, fold: int, gaps: bool
) -> Iterator[datetime]:
    for wall in walls:
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall:
            yield instant
        elif gaps:
            yield _end_of_gap(wall, zone)


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first existing minute after a wall time that the clock skips. Read with the offset from
    after the change it lies before the gap's instant, and the other way round."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    minutes = [before + n * _MINUTE for n in range((after - before) // _MINUTE + 1)]
    for earlier, later in pairwise(minutes):
        if earlier.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            return later
    return after
