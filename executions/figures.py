"""How executions ended lately: for dashboards and lists. Counts are exact, percentiles to a fifth.

Read from what `executions.rolling` keeps and, for the minutes since, from the ledger; callers say
which organizations.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from executions import sql

OUTCOMES = ("completed", "failed", "timed_out", "cancelled", "lost")
_NOT_ITS_FAULT = "cancelled"
_ENDED = sql.read("ended.sql")
_COST = sql.read("cost.sql")
_BY = {
    by: _ENDED.format(key=key)
    for by, key in {"all": "''", "hour": "hour", "module": "module_id", "org": "org_id"}.items()
}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """outcomes: runs by outcome. durations: runs by bucket (sql/figures.sql)."""

    outcomes: Counter[str] = field(default_factory=Counter)
    durations: Counter[int] = field(default_factory=Counter)
    cost_usd: Decimal = Decimal(0)
    tokens: int = 0

    @property
    def runs(self) -> int:
        return self.outcomes.total()

    @property
    def failures(self) -> int:
        return self.runs - self.outcomes["completed"] - self.outcomes[_NOT_ITS_FAULT]

    @property
    def success_rate(self) -> float | None:
        """Of those that nobody cancelled; None without any."""
        judged = self.runs - self.outcomes[_NOT_ITS_FAULT]
        return self.outcomes["completed"] / judged if judged else None

    def percentile_s(self, part: float) -> float | None:
        """Seconds from claim to end that this part of the runs took at most; None without any."""
        rest = part * self.durations.total()
        for bucket, runs in sorted(self.durations.items()):
            if rest <= runs:
                milliseconds: float = 2 ** ((bucket + rest / runs) / 4)
                return milliseconds / 1000
            rest -= runs
        return None


NOTHING = Figures()


def total(
    org_ids: Sequence[str] | None, *, since: datetime, durations: bool = True
) -> Figures:  # fmt: skip
    """Of all together. since: a full hour. org_ids: None for all organizations."""
    found = _ended("all", org_ids, since, durations=durations)
    return found.get("", NOTHING)


def by_hour(org_ids: Sequence[str] | None, *, since: datetime) -> dict[datetime, Figures]:
    """Without durations; hours without an end are left out."""
    return _ended("hour", org_ids, since, durations=False)


def by_module(
    org_ids: Sequence[str] | None,
    *,
    since: datetime,
    module_ids: Sequence[str] | None = None,
    durations: bool = True,
) -> dict[str, Figures]:
    """module_ids: only of these."""
    return _ended("module", org_ids, since, module_ids, durations=durations)


def by_org(org_ids: Sequence[str] | None, *, since: datetime) -> dict[str, Figures]:
    return _ended("org", org_ids, since, durations=False)


def cost_usd(org_ids: Sequence[str] | None, *, since: datetime) -> Decimal:
    """Of all together, quicker than `total`: for spans of a month."""
    with connection.cursor() as cursor:
        orgs = None if org_ids is None else list(org_ids)
        cursor.execute(_COST, {"since": since, "orgs": orgs})
        cost: Decimal = cursor.fetchone()[0]
    return cost


def _ended(
    by: str,
    org_ids: Sequence[str] | None,
    since: datetime,
    module_ids: Sequence[str] | None = None,
    *,
    durations: bool = True,
) -> dict[Any, Figures]:
    given = {
        "since": since,
        "orgs": None if org_ids is None else list(org_ids),
        "modules": None if module_ids is None else list(module_ids),
        "durations": durations,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BY[by], given)
        return {row[0]: _figures(*row[1:]) for row in cursor.fetchall()}


def _figures(*columns: Any) -> Figures:
    *outcomes, durations, cost_usd, tokens = columns
    return Figures(
        outcomes=Counter(dict(zip(OUTCOMES, outcomes, strict=True))),
        durations=Counter({int(bucket): n for bucket, n in json.loads(durations).items()}),
        cost_usd=cost_usd,
        tokens=tokens,
    )
