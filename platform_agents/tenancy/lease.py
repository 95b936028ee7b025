"""What one process may spend of one bucket by itself. Pure: whoever calls brings the time.

Tokens come in parcels, each good for a second: whatever is spent was taken from the bucket within
the last second. The next parcel is twice as large when the last one was used up in time, and half
as large when something of it was lost.
"""

from dataclasses import dataclass, field

LEASE_S = 1.0
_LARGEST = 1e6


@dataclass
class _Parcel:
    tokens: float
    until: float


@dataclass(frozen=True, kw_only=True)
class Dry:
    """Calls of this cost or more are refused until `until`; at ready_at they can be granted. per_s
    and burst: the limit."""

    cost: float
    until: float
    ready_at: float
    per_s: float | None
    burst: float | None


@dataclass
class Lease:
    """Times are seconds of one monotonic clock. dry: what the bucket refused last."""

    dry: Dry | None = None
    _parcels: list[_Parcel] = field(default_factory=list)
    _chunk: float = 0.5
    _renewed_at: float = float("-inf")

    def spend(self, cost: float, now: float) -> float | None:
        """Until when these tokens would have been good; None, and nothing spent, when there are
        not enough."""
        self._drop_old(now)
        if sum(parcel.tokens for parcel in self._parcels) < cost:
            return None
        until = min(parcel.until for parcel in self._parcels)
        for parcel in self._parcels:
            part = min(parcel.tokens, cost)
            parcel.tokens -= part
            cost -= part
        return until

    def refund(self, cost: float, until: float) -> None:
        self._parcels.append(_Parcel(cost, until))

    def wanted(self, cost: float, now: float) -> float:
        """How many tokens to ask the bucket for, when a call of `cost` lacks them."""
        if now - self._renewed_at < LEASE_S:
            self._chunk = min(_LARGEST, self._chunk * 2)
        return max(cost, self._chunk)

    def renew(self, tokens: float, now: float, *, seconds: float = LEASE_S) -> None:
        """`tokens` more. now: from before the bucket was asked."""
        self._renewed_at = now
        self.dry = None
        self._parcels.append(_Parcel(tokens, now + seconds))

    def refused(self, cost: float, now: float) -> Dry | None:
        """What we know already: asking the bucket would be in vain."""
        if self.dry is not None and cost >= self.dry.cost and now < self.dry.until:
            return self.dry
        return None

    def _drop_old(self, now: float) -> None:
        lost = sum(parcel.tokens for parcel in self._parcels if parcel.until <= now)
        if lost >= 1:
            self._chunk = max(0.5, self._chunk / 2)
        self._parcels = [p for p in self._parcels if p.until > now and p.tokens > 0]
