"""How often signing in may be tried: counted in PostgreSQL, by all web processes together.

An attempt is counted before the password is looked at, in three buckets: this account from this
address, this address, this account. The last has a high limit, or a stranger could lock people out
with little. Bounded: an address that is refused makes no more rows, and old ones are removed.
"""

import hashlib
import ipaddress
from collections.abc import Sequence

from django.db import connection

WINDOW_MINUTES = 15
PER_PAIR, PER_ADDRESS, PER_ACCOUNT = 5, 50, 100

_COUNT = """
INSERT INTO tenancy_sign_in_attempts AS known (bucket, count, until)
SELECT bucket, 1, now() + make_interval(mins => %s) FROM unnest(%s::text[]) bucket ORDER BY 1
ON CONFLICT (bucket) DO UPDATE SET
  count = CASE WHEN known.until < now() THEN 1 ELSE known.count + 1 END,
  until = CASE WHEN known.until < now() THEN excluded.until ELSE known.until END
RETURNING bucket, count"""
_UNCOUNT = "UPDATE tenancy_sign_in_attempts SET count = count - 1 WHERE bucket = %s AND count > 0"
_FORGET = "DELETE FROM tenancy_sign_in_attempts WHERE bucket = ANY(%s)"
_SWEEP = """
DELETE FROM tenancy_sign_in_attempts WHERE bucket IN (
  SELECT bucket FROM tenancy_sign_in_attempts WHERE until < now() LIMIT 200)"""


def admit(account: str, address: str) -> bool:
    """Counts an attempt; False when there were too many."""
    place, who, pair = _buckets(account, address)
    if _count([place])[place] > PER_ADDRESS:
        return False
    counts = _count([who, pair])
    return counts[who] <= PER_ACCOUNT and counts[pair] <= PER_PAIR


def succeeded(account: str, address: str) -> None:
    """What was counted against the account is forgotten; the address gets its attempt back."""
    place, who, pair = _buckets(account, address)
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [[who, pair]])
        cursor.execute(_UNCOUNT, [place])


def _count(buckets: Sequence[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP)
        cursor.execute(_COUNT, [WINDOW_MINUTES, list(buckets)])
        return dict(cursor.fetchall())


def _buckets(account: str, address: str) -> tuple[str, str, str]:
    place, who = _network(address), account.strip().lower()
    return _digest("address", place), _digest("account", who), _digest("pair", place, who)


def _network(address: str) -> str:
    """The address; of IPv6 the part that a provider gives to one customer."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, 64), strict=False))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()
