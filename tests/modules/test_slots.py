"""When slots are: clocks that skip an hour or show it twice, intervals, and what was missed."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.slots import Timing, due_slots, slots_after

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(cron: str, zone: str, after: str, n: int) -> list[str]:
    """The first n slots as the wall shows them, with the offset from UTC in hours."""
    slots = islice(slots_after(Timing(since=SINCE, cron=cron, zone=zone), utc(after)), n)
    return [f"{slot.astimezone(ZoneInfo(zone)):%d %H:%M %z}"[:12] for slot in slots]


@pytest.mark.parametrize(
    ("cron", "zone", "after", "slots"),
    [
        ("30 2 * * *", BERLIN, "2026-03-28T00:00",
         ["28 02:30 +01", "29 03:00 +02", "30 02:30 +02"]),
        ("30 2 * * *", NEW_YORK, "2026-03-07T06:00",
         ["07 02:30 -05", "08 03:00 -04", "09 02:30 -04"]),
        ("*/20 2 * * *", BERLIN, "2026-03-28T12:00", ["29 03:00 +02", "30 02:00 +02"]),
        ("0,30 2-3 * * *", BERLIN, "2026-03-28T12:00",
         ["29 03:00 +02", "29 03:30 +02", "30 02:00 +02"]),
        ("0 0 30 12 *", "Pacific/Apia", "2011-12-28T00:00", ["31 00:00 +14", "30 00:00 +14"]),
    ],
)  # fmt: skip
def test_a_time_that_the_clock_skips_is_due_once_right_after_the_gap(
    cron: str, zone: str, after: str, slots: list[str]
) -> None:
    assert local(cron, zone, after, len(slots)) == slots


@pytest.mark.parametrize(
    ("cron", "zone", "after", "slots"),
    [
        ("30 2 * * *", BERLIN, "2026-10-24T00:00",
         ["24 02:30 +02", "25 02:30 +02", "26 02:30 +01"]),
        ("30 1 * * *", NEW_YORK, "2026-11-01T00:00",
         ["01 01:30 -04", "02 01:30 -05"]),
        ("*/30 2 * * *", BERLIN, "2026-10-24T12:00",
         ["25 02:00 +02", "25 02:30 +02", "26 02:00 +01"]),
    ],
)  # fmt: skip
def test_a_time_that_comes_twice_is_one_slot(
    cron: str, zone: str, after: str, slots: list[str]
) -> None:
    assert local(cron, zone, after, len(slots)) == slots


@pytest.mark.parametrize(
    ("zone", "after", "slots"),
    [
        (BERLIN, "2026-03-28T23:45", ["29 01:30 +01", "29 03:30 +02"]),
        (BERLIN, "2026-10-24T23:45",
         ["25 02:30 +02", "25 02:30 +01", "25 03:30 +01"]),
        (BERLIN, "2026-10-25T00:45", ["25 02:30 +01", "25 03:30 +01"]),
        (NEW_YORK, "2026-11-01T04:45",
         ["01 01:30 -04", "01 01:30 -05", "01 02:30 -05"]),
        (NEW_YORK, "2026-03-08T06:00", ["08 01:30 -05", "08 03:30 -04"]),
    ],
)  # fmt: skip
def test_what_runs_every_hour_keeps_an_hour_between_when_the_clock_changes(
    zone: str, after: str, slots: list[str]
) -> None:
    assert local("30 * * * *", zone, after, len(slots)) == slots


def test_an_interval_counts_from_its_start_and_does_not_know_the_clock() -> None:
    timing = Timing(since=SINCE, interval_s=90, zone=BERLIN)
    after = SINCE + timedelta(seconds=100)
    seconds = [(s - SINCE).total_seconds() for s in islice(slots_after(timing, after), 3)]
    assert seconds == [180, 270, 360]
    assert next(slots_after(timing, SINCE - timedelta(days=1))) == SINCE + timedelta(seconds=90)
    assert next(slots_after(timing, SINCE + timedelta(seconds=90))) == SINCE + timedelta(
        seconds=180
    )


CRONS = st.sampled_from(["* * * * *", "*/7 * * * *", "0 * * * *", "30 2 * * *", "5 */2 * * 1-5",
                         "0 0 1 * *", "15,45 1-3 * * *", "0 12 29 2 *"])  # fmt: skip
ZONES = st.sampled_from(
    ["UTC", BERLIN, NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
)
INSTANTS = st.integers(0, 4 * 365 * 86_400).map(lambda s: SINCE + timedelta(seconds=s))


@given(cron=CRONS, zone=ZONES, after=INSTANTS)
def test_slots_come_in_order_each_once_and_later_than_asked(
    cron: str, zone: str, after: datetime
) -> None:
    slots = list(islice(slots_after(Timing(since=SINCE, cron=cron, zone=zone), after), 20))
    assert slots[0] > after
    assert all(earlier < later for earlier, later in pairwise(slots))


@settings(deadline=None)  # the first calls read time zones
@given(cron=CRONS, zone=ZONES, after=INSTANTS, skip=st.integers(0, 10))
def test_the_next_slot_is_the_same_from_wherever_one_asks(
    cron: str, zone: str, after: datetime, skip: int
) -> None:
    """No slot is lost or invented when the scheduler asks at another moment."""
    timing = Timing(since=SINCE, cron=cron, zone=zone)
    slots = list(islice(slots_after(timing, after), skip + 2))
    assert next(slots_after(timing, slots[skip])) == slots[skip + 1]
    just_before = slots[skip + 1] - timedelta(seconds=1)
    assert next(slots_after(timing, just_before)) == slots[skip + 1]


EVERY_MINUTE = Timing(since=SINCE, cron="* * * * *")


class TestDue:
    noon = utc("2026-05-04T12:00")

    def due(
        self, catch_up: str, *, late_s: float, first: str = "", timing: Timing = EVERY_MINUTE
    ) -> tuple[list[str], bool]:
        start = utc(first) if first else self.noon
        now = self.noon + timedelta(seconds=late_s)
        slots, missed = due_slots(timing, first=start, now=now, catch_up=catch_up)
        return [f"{slot:%d %H:%M}" for slot in slots], missed

    @pytest.mark.parametrize("catch_up", ["none", "last", "all"])
    def test_a_slot_on_time_is_due(self, catch_up: str) -> None:
        assert self.due(catch_up, late_s=0) == (["04 12:00"], False)
        assert self.due(catch_up, late_s=59) == (["04 12:00"], False)

    def test_none_takes_what_is_on_time_only(self) -> None:
        assert self.due("none", late_s=150) == (["04 12:02"], True)
        daily = Timing(since=SINCE, cron="0 12 * * *")
        assert self.due("none", late_s=61, timing=daily) == ([], True)

    def test_last_takes_the_newest_however_late(self) -> None:
        assert self.due("last", late_s=30, first="2026-04-04T12:00") == (["04 12:00"], True)
        yearly = Timing(since=SINCE, cron="0 0 1 2 *")
        slots = self.due("last", late_s=0, first="2026-02-01T00:00", timing=yearly)
        assert slots == (["01 00:00"], False)

    def test_all_takes_a_hundred_of_the_last_day_the_newest(self) -> None:
        slots, missed = self.due("all", late_s=0, first="2026-05-04T11:57")
        assert (slots, missed) == (["04 11:57", "04 11:58", "04 11:59", "04 12:00"], False)
        slots, missed = self.due("all", late_s=0, first="2026-04-04T12:00")
        assert (len(slots), slots[0], slots[-1], missed) == (100, "04 10:21", "04 12:00", True)
        six_hourly = Timing(since=SINCE, cron="0 */6 * * *")
        slots, missed = self.due("all", late_s=1, first="2026-05-01T00:00", timing=six_hourly)
        assert (slots, missed) == (["03 18:00", "04 00:00", "04 06:00", "04 12:00"], True)

    def test_a_year_away_is_looked_through_at_once(self) -> None:
        """Ten-second slots of a year are three million."""
        every = Timing(since=SINCE, interval_s=10)
        for catch_up, n in (("none", 1), ("last", 1), ("all", 100)):
            slots, missed = self.due(catch_up, late_s=5, first="2026-01-01T00:00", timing=every)
            assert (len(slots), slots[-1], missed) == (n, "04 12:00", True)
