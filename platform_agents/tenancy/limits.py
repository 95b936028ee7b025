"""How many calls a key and an organization may make. Called by views, and by REST framework.

The buckets are in the database (`buckets`), and a call must not pay a round trip for them: each
process takes tokens in chunks and spends those by itself (`leases`). Since chunks live for a second
only, all processes together get no more than the bucket holds. Calls that are refused cost nothing.
"""

from collections import Counter

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from platform_agents.tenancy.buckets import Limit
from platform_agents.tenancy.leases import Leases
from platform_agents.tenancy.models import ApiKey
from platform_agents.tenancy.strangers import strangers

_leases = Leases()


def charge_runs(key: ApiKey, *, runs: int = 1) -> None:
    """Before `runs` executions are submitted. Raises RateLimited."""
    limits = [
        Limit("org", key.org_id, settings.RATE_LIMIT_ORG, "runs of this organization", "org_id")
    ]
    if settings.RATE_LIMIT_KEY:
        what = "runs with this API key"
        limits.append(Limit("key", key.id, settings.RATE_LIMIT_KEY, what, "X-API-Key"))
    _leases.spend(key.org_id, limits, runs)


class ReadLimit(BaseThrottle):
    """Every call with a key, unless its view charges for runs itself (`throttle_classes = ()`)."""

    def allow_request(self, request: Request, view: object) -> bool:
        """Raises RateLimited instead of returning False: its answer says which limit it was."""
        if settings.RATE_LIMIT_READS and isinstance(request.auth, ApiKey):
            what = "calls of this organization that start nothing"
            org_id = request.auth.org_id
            reads = Limit("reads", org_id, settings.RATE_LIMIT_READS, what, "X-API-Key")
            _leases.spend(org_id, [reads], 1)
        return True


def refusals() -> Counter[str]:
    """Calls that this process refused since its start, by limit. For `/metrics`."""
    return _leases.refusals + Counter(anonymous=strangers.refusals)
