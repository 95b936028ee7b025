"""How runs ended in the last day, and what they cost today and this month; see `figures`.

Days and months begin at midnight of who looks, or up to an hour before it where the time zone is
not a full number of hours from UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from executions import figures
from executions.figures import Figures

_HOURS = 24
_MOST_FAILING = 8


@dataclass(frozen=True, kw_only=True)
class Recent:
    """by_hour: of `hours`, which begin at `since`. failing: (module, its figures), most failures
    first."""

    since: datetime
    today: datetime
    month: datetime
    hours: tuple[datetime, ...]
    by_hour: dict[datetime, Figures]
    total: Figures
    failing: tuple[tuple[str, Figures], ...]
    cost_month: Decimal

    @property
    def cost_today(self) -> Decimal:
        costs = (one.cost_usd for hour, one in self.by_hour.items() if hour >= self.today)
        return sum(costs, Decimal(0))

    @property
    def anything(self) -> bool:
        return bool(self.total.runs or self.cost_month)


def read(org_ids: Sequence[str] | None) -> Recent:
    now = timezone.localtime()
    since = _hour(now) - timedelta(hours=_HOURS - 1)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = _hour(midnight.replace(day=1))
    return Recent(
        since=since,
        today=_hour(midnight),
        month=month,
        hours=tuple(since + timedelta(hours=n) for n in range(_HOURS)),
        by_hour=figures.by_hour(org_ids, since=since),
        total=figures.total(org_ids, since=since),
        failing=_failing(figures.by_module(org_ids, since=since, durations=False)),
        cost_month=figures.cost_usd(org_ids, since=month),
    )


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _failing(by_module: dict[str, Figures]) -> tuple[tuple[str, Figures], ...]:
    worst = sorted(by_module.items(), key=lambda item: (-item[1].failures, item[0]))
    return tuple((module, one) for module, one in worst[:_MOST_FAILING] if one.failures)
