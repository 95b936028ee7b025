"""The leases of one process, and the bucket behind each. Called by `limits`.

A call that a lease covers costs no query. What is refused is remembered for up to a second, so that
a storm of refused calls costs no query each, either.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence

from platform_agents.tenancy.buckets import Grant, Limit, forget_unused, take
from platform_agents.tenancy.errors import RateLimited
from platform_agents.tenancy.lease import LEASE_S, Dry, Lease

_UNLIMITED_S = 10.0
"""How long we believe that there is no limit."""
_ASK_AGAIN_S = 1.0
"""How long we believe a refusal: a limit may be raised."""
_MOST_LEASES = 10_000
_TIDY_EVERY_S = 3600


class Leases:
    """Forgetting one is safe: its tokens are void. refusals: calls refused, by kind of limit."""

    def __init__(self) -> None:
        self.refusals: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._of: dict[str, Lease] = {}
        self._tidied_at = time.monotonic()

    def spend(self, org_id: str, limits: Sequence[Limit], cost: float) -> None:
        """Take `cost` from each bucket; RateLimited, and nothing taken, when one has too little."""
        now = time.monotonic()
        with self._lock:
            self._refuse_known(limits, cost, now)
            paid = {limit: self._lease(limit).spend(cost, now) for limit in limits}
            lacking = [limit for limit, until in paid.items() if until is None]
            wants = [self._lease(limit).wanted(cost, now) for limit in lacking]
        if not lacking:
            return
        grants = take(org_id, lacking, need=cost, wants=wants)
        self._tidy(now)
        with self._lock:
            if all(grant.granted for grant in grants):
                self._keep(lacking, grants, cost, now)
                return
            for limit, until in paid.items():
                if until is not None:
                    self._lease(limit).refund(cost, until)
            raise self._refused(lacking, grants, cost)

    def _lease(self, limit: Limit) -> Lease:
        if len(self._of) >= _MOST_LEASES and limit.name not in self._of:
            self._of.clear()
        return self._of.setdefault(limit.name, Lease())

    def _keep(
        self, limits: Sequence[Limit], grants: Sequence[Grant], cost: float, now: float
    ) -> None:
        granted = {grant.name: grant for grant in grants}
        for limit in limits:
            grant = granted[limit.name]
            seconds = LEASE_S if grant.limited else _UNLIMITED_S
            self._lease(limit).renew(grant.granted - cost, now, seconds=seconds)

    def _refused(
        self, limits: Sequence[Limit], grants: Sequence[Grant], cost: float
    ) -> RateLimited:
        """By the bucket that takes longest to have enough."""
        now = time.monotonic()
        grant = max(grants, key=lambda grant: grant.wait_s)
        limit = next(limit for limit in limits if limit.name == grant.name)
        ready_at = now + grant.wait_s
        until = min(ready_at, now + _ASK_AGAIN_S)
        dry = Dry(cost=cost, until=until, ready_at=ready_at, per_s=grant.per_s, burst=grant.burst)
        self._lease(limit).dry = dry
        return self._error(limit, dry, now)

    def _refuse_known(self, limits: Sequence[Limit], cost: float, now: float) -> None:
        for limit in limits:
            if dry := self._lease(limit).refused(cost, now):
                raise self._error(limit, dry, now)

    def _error(self, limit: Limit, dry: Dry, now: float) -> RateLimited:
        self.refusals[limit.kind] += 1
        return RateLimited(
            f"Too many {limit.what}: {dry.per_s:g} a second are allowed, {dry.burst:g} at once.",
            wait_s=dry.ready_at - now, part=limit.part,
        )  # fmt: skip

    def _tidy(self, now: float) -> None:
        if now - self._tidied_at > _TIDY_EVERY_S:
            self._tidied_at = now
            forget_unused()
