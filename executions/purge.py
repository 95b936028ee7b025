"""Empty the queue of a module, an organization, or everybody: count first, then end what was
counted as cancelled. Called by the command and the admin.

Runs that arrive after the count are not touched, nor is what a worker claimed meanwhile. A run
that was counted out because it was running, and is queued again before the purge comes to it, does
end: it was accepted before the count.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.db.models import Count, QuerySet

from executions import sql, targets, wakeups
from executions.models import Run
from executions.targets import Target
from platform_agents.tenancy import audit

logger = logging.getLogger(__name__)

_PURGE = sql.read("purge.sql")
_UNTIL = "SELECT now() - make_interval(secs => %s)"
_BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Pile:
    """How many runs of one module are queued."""

    org_id: str
    module_id: str
    runs: int


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a purge would end: the target's runs that were queued at `until` or earlier."""

    target: Target
    until: datetime
    piles: tuple[Pile, ...]

    @property
    def runs(self) -> int:
        return sum(pile.runs for pile in self.piles)


def preview(target: Target, *, older_than_s: float = 0) -> Preview:
    """Count, largest pile first. older_than_s: leave alone what was queued in these seconds."""
    with connection.cursor() as cursor:
        cursor.execute(_UNTIL, [older_than_s])
        [until] = cursor.fetchone()
    rows = _queued(target, until).values_list("org_id", "module_id").annotate(runs=Count("*"))
    piles = (Pile(org_id=o, module_id=m, runs=n) for o, m, n in rows.order_by("-runs", "org_id"))
    return Preview(target=target, until=until, piles=tuple(piles))


def purge(counted: Preview, *, by: str, address: str = "") -> int:
    """End what was counted, in batches of 1,000 that commit by themselves. Returns how many runs
    ended here; fewer than counted when workers took some meanwhile. The audit has what was
    counted, before anything ends."""
    _record(counted, by, address)
    ids = _queued(counted.target, counted.until).values_list("execution_id", flat=True)
    ended = sum(_end(batch, by) for batch in _batches(ids.iterator(chunk_size=_BATCH)))
    fields = {"target": str(counted.target), "by": by, "runs": ended}
    logger.warning("queue purged", extra={"fields": fields})
    return ended


@transaction.atomic
def _record(counted: Preview, by: str, address: str) -> None:
    """Each organization is told of its own, whoever else is purged."""
    runs: Counter[str] = Counter()
    for pile in counted.piles:
        runs[pile.org_id] += pile.runs
    target = counted.target
    for org_id, queued in runs.items():
        audit.record(
            "queue.purged", by=by, model=target.model, object_id=target.object_id, org_id=org_id,
            label=str(target), before={"queued": queued, "until": counted.until},
            address=address,
        )  # fmt: skip


def _queued(target: Target, until: datetime) -> QuerySet[Run]:
    return targets.runs(target).filter(state=Run.State.QUEUED, queued_at__lte=until)


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _end(ids: list[str], by: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, {"ids": ids, "error": f"Purged from the queue by {by}."})
        ended = dict(cursor.fetchall())
        wakeups.announce(cursor, wakeups.RUN_DONE, list(ended))
        wakeups.announce(cursor, wakeups.DELIVERY_DUE, [""] if any(ended.values()) else [])
    return len(ended)
