"""Schedules: what runs next, what is late, and what became of the last slot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from executions.admin_overview import links, names, words
from modules.models import ModuleSchedule, ModuleScheduleSlot
from modules.schedule import MISSED
from modules.slots import MOST_SLOTS, missed_slots, slots_after

_MOST = 20
_LATE_AFTER = timedelta(minutes=1)
_BAD = ("skipped", "refused")


@dataclass(frozen=True, kw_only=True)
class Line:
    """next_at: the next one to come. overdue: slots that passed unnoticed, since `late_since`.
    missed: slots of the last days that nothing started in time. bad: the last slot did not run."""

    name: str
    module: str
    org: str
    next_at: datetime | None
    late_since: datetime | None
    overdue: str
    missed: str
    last_at: datetime | None
    last: str
    bad: bool
    link: str


def read(org_ids: Sequence[str] | None) -> list[Line]:
    """The late and the next ones first; those that are off come last."""
    rows = names.scoped(ModuleSchedule.objects, org_ids).order_by("-enabled", "next_at", "id")
    found: list[ModuleSchedule] = list(rows[:_MOST])
    modules = names.modules(org_ids, [row.module_id for row in found]) if found else {}
    missed = _missed(found) if found else {}
    now = timezone.now()
    lines = []
    for row in found:
        module = modules.get(row.module_id)
        late = _late(row, now)
        lines.append(Line(
            name=row.name,
            module=module.name if module else names.GONE,
            org=module.org.name if module else "",
            next_at=late.next_at if late else row.next_at if row.enabled else None,
            late_since=row.next_at if late else None,
            overdue=words.count(late.slots, at_most=MOST_SLOTS) if late else "",
            missed=words.count(missed[row.pk], at_most=MOST_SLOTS) if row.pk in missed else "",
            last_at=row.last_at,
            last=row.last_result,
            bad=row.last_result.startswith(_BAD),
            link=links.row("modules_moduleschedule", row.pk),
        ))  # fmt: skip
    return lines


@dataclass(frozen=True, kw_only=True)
class _Late:
    slots: int
    next_at: datetime | None


def _late(row: ModuleSchedule, now: datetime) -> _Late | None:
    if not row.enabled or row.next_at is None or row.next_at >= now - _LATE_AFTER:
        return None
    try:
        passed = missed_slots(row.timing, first=row.next_at, now=now, decided=[])
        return _Late(slots=len(passed), next_at=next(slots_after(row.timing, now), None))
    except ValueError:  # a zone that this release does not know: the scheduler will say so
        return _Late(slots=1, next_at=None)


def _missed(found: Sequence[ModuleSchedule]) -> dict[int, int]:
    """schedule -> how many, of those that have any."""
    slots = ModuleScheduleSlot.objects.for_orgs({row.org_id for row in found})
    rows = slots.filter(schedule__in=found, state=ModuleScheduleSlot.State.SKIPPED, reason=MISSED)
    return dict(rows.values_list("schedule").annotate(Count("id")).order_by())
