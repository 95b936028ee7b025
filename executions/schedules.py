"""Fires what is due: slots of schedules become executions.

`fire_due` is an ordinary django-q2 task (`executions.schedule_clock` says when), so any worker of
any cluster may be in it, several at once. A schedule is decided under its row's lock, and the
decision, the execution and the next slot are one transaction: killed before the commit, nothing of
it happened; after it, all of it. The second fence is that a slot is one row.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models.functions import Now

from executions import sql
from executions.schedule_turns import SKIPPED, WAITING, disable, slots_of, start_waiting, take
from modules.models import ModuleSchedule, ModuleScheduleSlot
from modules.schedule import MISSED
from modules.schedule_rules import InvalidSchedule, check_timing
from modules.slots import KEPT, due_slots, missed_slots, slots_after
from platform_agents.tenancy.models import Organization

_BATCH = 200  # schedules per call; the clock calls again while something is due
_FREE = sql.read("free_schedule.sql")
_ANY = "the scheduler serves all organizations"
_DECISION = ["enabled", "next_at", "last_at", "last_execution_id", "last_result"]


def fire_due() -> None:
    """Decide every slot that is due, then start those that waited and are free to run."""
    for find, act in ((_longest_due, _decide), (_free, start_waiting)):
        for _ in range(_BATCH):
            if not _next(find, act):
                break


def _next(find: Callable[[], ModuleSchedule | None], act: Callable[[ModuleSchedule], None]) -> bool:
    """One schedule, one transaction. False when there is none that nobody else holds."""
    with transaction.atomic():
        schedule = find()
        if schedule is None:
            return False
        if Organization.objects.for_org(schedule.org_id).exists():
            act(schedule)
            schedule.save(update_fields=_DECISION)
        else:
            schedule.delete()  # nobody is left to read why it does not run
    return True


def _longest_due() -> ModuleSchedule | None:
    rows = ModuleSchedule.objects.unscoped(_ANY).select_for_update(skip_locked=True)
    return rows.filter(enabled=True, next_at__lte=Now()).order_by("next_at").first()


def _free() -> ModuleSchedule | None:
    return next(iter(ModuleSchedule.objects.unscoped(_ANY).raw(_FREE)), None)


def _decide(schedule: ModuleSchedule) -> None:
    try:
        check_timing(cron=schedule.cron, interval_s=schedule.interval_s, zone=schedule.zone)
    except InvalidSchedule as error:  # it was good with other releases of croniter and the zones
        disable(schedule, f"refused because its time table cannot be read: {error}")
        return
    now = _now()
    first = schedule.next_at or now
    slots, missed = due_slots(schedule.timing, first=first, now=now, catch_up=schedule.catch_up)
    if missed:
        _record_missed(schedule, missed_slots(schedule.timing, first=first, now=now, decided=slots))
        schedule.last_at = first
        schedule.last_result = f"skipped because it was missed, noticed at {now:%H:%M:%S} UTC"
    schedule.next_at = next(slots_after(schedule.timing, now), None)
    for slot in slots:
        take(schedule, slot)
    if missed and slots:
        schedule.last_result += "; earlier slots were missed"
    if schedule.enabled and schedule.next_at is None:
        disable(schedule, f"{schedule.last_result}; it was the last slot")
    slots_of(schedule).filter(slot__lt=now - KEPT).exclude(state=WAITING).delete()


def _record_missed(schedule: ModuleSchedule, slots: list[datetime]) -> None:
    """For those who look later, when others have had their turn."""
    row = {"schedule": schedule, "org_id": schedule.org_id, "state": SKIPPED, "reason": MISSED}
    rows = [ModuleScheduleSlot(slot=slot, **row) for slot in slots]
    slots_of(schedule).bulk_create(rows, ignore_conflicts=True)


def _now() -> datetime:
    """The database's, read after the schedule was found: never before the slot that is due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
