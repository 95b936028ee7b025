"""Token buckets in the database, one row each, shared by all web processes. Called by `limits`.

The table is unlogged: it is written often, a commit need not wait for the disk, and losing it in a
crash of the server fills all buckets, which harms nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from platform_agents.postgres.prepared import fetch
from platform_agents.tenancy.rates import Rate

_TAKE = """
SELECT bucket, granted, wait_s, rate, burst FROM tenancy_take(
  %(org)s, %(names)s::text[], %(rates)s::float8[], %(bursts)s::float8[],
  %(need)s::float8, %(wants)s::float8[])"""
# Whatever was not used for so long is full again, and a bucket without a row is a full one.
_FORGET = """
DELETE FROM tenancy_bucket WHERE name IN (
  SELECT name FROM tenancy_bucket WHERE filled_at < now() - interval '2 days'
  LIMIT 10000 FOR UPDATE SKIP LOCKED)
RETURNING name"""


@dataclass(frozen=True)
class Limit:
    """One bucket. kind: key, org or reads; owner: the id of a key, or of an organization. rate: as
    the settings say; an organization's policy may say otherwise for its own (kind org). what and
    part: for people, what it limits, and which part of a request it belongs to."""

    kind: str
    owner: str
    rate: Rate | None
    what: str
    part: str

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.owner}"


@dataclass(frozen=True)
class Grant:
    """granted: infinite without a limit, 0 when any of the buckets refused. wait_s: until what was
    needed is there. per_s and burst: the figures that hold, None without a limit."""

    name: str
    granted: float
    wait_s: float
    per_s: float | None
    burst: float | None

    @property
    def limited(self) -> bool:
        return self.per_s is not None


def take(
    org_id: str, limits: Sequence[Limit], *, need: float, wants: Sequence[float]
) -> list[Grant]:
    """Take `need` tokens, or up to `wants` of them, from each of these buckets or from none."""
    given: dict[str, Any] = {
        "org": org_id,
        "names": [limit.name for limit in limits],
        "rates": [limit.rate and limit.rate.per_s for limit in limits],
        "bursts": [limit.rate and limit.rate.burst for limit in limits],
        "need": need,
        "wants": [float(want) for want in wants],
    }
    return [Grant(*row) for row in fetch(_TAKE, given)]


def forget_unused() -> None:
    """Drop rows that say nothing any more; among them those of deleted keys."""
    fetch(_FORGET, [])
