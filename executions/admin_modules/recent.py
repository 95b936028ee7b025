"""How modules ran lately, for those that a page shows: two queries for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from executions import figures, sql
from executions.figures import NOTHING, Figures
from modules.models import Module

_LAST = sql.read("last_executions.sql")
_DAY = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Last:
    """result: its outcome, or its status while it has none."""

    execution_id: str
    result: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Recent:
    """last: None when it never ran. day: what ended in the last 24 hours."""

    last: Last | None = None
    day: Figures = NOTHING

    @property
    def p95_s(self) -> float | None:
        return self.day.percentile_s(0.95)


def since() -> datetime:
    """A full hour, as figures are kept."""
    return timezone.now().replace(minute=0, second=0, microsecond=0) - _DAY


def recent(modules: Sequence[Module]) -> dict[str, Recent]:
    """Module id -> how it ran; each module is in it."""
    ids = [module.pk for module in modules]
    if not ids:
        return {}
    org_ids = sorted({module.org_id for module in modules})
    day = figures.by_module(org_ids, since=since(), module_ids=ids)
    last = _last(ids)
    return {one: Recent(last=last.get(one), day=day.get(one, NOTHING)) for one in ids}


def _last(module_ids: list[str]) -> dict[str, Last]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [module_ids])
        return {module_id: Last(execution_id=execution_id, result=outcome or status, at=at)
                for module_id, execution_id, status, outcome, at in cursor.fetchall()}  # fmt: skip
