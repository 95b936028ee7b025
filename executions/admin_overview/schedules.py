"""Schedules: what runs next, what is late, and what became of the last slot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from executions.admin_overview import links, names
from modules.models import ModuleSchedule

_MOST = 20
_LATE_AFTER = timedelta(minutes=1)
_BAD = ("skipped", "refused")


@dataclass(frozen=True, kw_only=True)
class Line:
    """late: its slot has passed and nothing fired it. bad: the last slot did not run."""

    name: str
    module: str
    org: str
    next_at: datetime | None
    late: bool
    last_at: datetime | None
    last: str
    bad: bool
    link: str


def read(org_ids: Sequence[str] | None) -> list[Line]:
    """The late and the next ones first; those that are off come last."""
    rows = names.scoped(ModuleSchedule.objects, org_ids).order_by("-enabled", "next_at", "id")
    found: list[ModuleSchedule] = list(rows[:_MOST])
    modules = names.modules(org_ids, [row.module_id for row in found]) if found else {}
    now = timezone.now()
    lines = []
    for row in found:
        module = modules.get(row.module_id)
        lines.append(Line(
            name=row.name,
            module=module.name if module else names.GONE,
            org=module.org.name if module else "",
            next_at=row.next_at if row.enabled else None,
            late=row.enabled and row.next_at is not None and row.next_at < now - _LATE_AFTER,
            last_at=row.last_at,
            last=row.last_result,
            bad=row.last_result.startswith(_BAD),
            link=links.row("modules_moduleschedule", row.pk),
        ))  # fmt: skip
    return lines
