"""Spans of time on a wall clock: where one begins, and where the next one does. Pure arithmetic.

Days and longer are those of the calendar. Several days, weeks or years are counted from 1970, hours
and minutes from midnight and the full hour. An hour that the clock shows twice is two hours; one
that it skips does not exist. Called by `resampling` and by the time axes of `charts`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from agents.tables.steps.grouping import Unit

_MONDAY = dt.date(1969, 12, 29).toordinal()
_EPOCH = dt.date(1970, 1, 1).toordinal()
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_CLOCK = ("minute", "hour")


@dataclass(frozen=True, kw_only=True)
class Spans:
    """`every` units long, in a zone; sizes of minutes and hours divide an hour or a day."""

    unit: Unit
    every: int
    zone: dt.tzinfo

    @property
    def by_clock(self) -> bool:
        """Whether they are shorter than days."""
        return self.unit in _CLOCK

    def start(self, moment: dt.datetime) -> dt.datetime:
        """When the span of an aware moment begins, in UTC. Raises OverflowError at the ends of the
        calendar."""
        local = moment.astimezone(self.zone)
        if self.by_clock:
            return self._of_clock(local).astimezone(dt.UTC)
        return self._midnight(self._first_day(local.date()))

    def after(self, start: dt.datetime) -> dt.datetime:
        """The start that follows one."""
        local = start.astimezone(self.zone)
        if not self.by_clock:
            return self._midnight(self._day_after(local.date()))
        if self.unit == "hour" and self.every > 1:
            wall = local.replace(tzinfo=None, fold=0) + dt.timedelta(hours=self.every)
            return self.start(wall.replace(tzinfo=self.zone))
        step = dt.timedelta(minutes=self.every * (60 if self.unit == "hour" else 1))
        return self.start(start + step)

    def until(self, first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
        """All starts from one to another, both included."""
        while first <= last:
            yield first
            if first == last:
                return
            following = self.after(first)
            first = following if following > first else last

    def label(self, start: dt.datetime) -> str:
        """ISO 8601: a date, or for parts of a day a moment with its offset."""
        local = start.astimezone(self.zone)
        return local.isoformat() if self.by_clock else local.date().isoformat()

    def _of_clock(self, local: dt.datetime) -> dt.datetime:
        if self.unit == "minute":
            minute = local.minute // self.every * self.every
            return local.replace(minute=minute, second=0, microsecond=0)
        full = local.replace(minute=0, second=0, microsecond=0)
        if self.every == 1:
            return full
        return full.replace(hour=local.hour // self.every * self.every, fold=0)

    def _first_day(self, day: dt.date) -> dt.date:
        if (months := _MONTHS.get(self.unit, 0) * self.every) == 0:
            days, since = (7 * self.every, _MONDAY) if self.unit == "week" else (self.every, _EPOCH)
            return dt.date.fromordinal(max(1, (day.toordinal() - since) // days * days + since))
        return _month((day.year * 12 + day.month - 1) // months * months)

    def _day_after(self, day: dt.date) -> dt.date:
        if (months := _MONTHS.get(self.unit, 0) * self.every) == 0:
            return day + dt.timedelta(days=self.every * (7 if self.unit == "week" else 1))
        return _month(day.year * 12 + day.month - 1 + months)

    def _midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)


def _month(index: int) -> dt.date:
    """Of months counted from year 0, which the calendar does not have."""
    if index >= 12 * (dt.MAXYEAR + 1):
        raise OverflowError
    return dt.date(max(1, index // 12), index % 12 + 1, 1)
