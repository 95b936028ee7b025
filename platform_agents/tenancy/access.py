"""Whose rows the signed-in user may see and change: superuser, memberships, chosen organization.

The one place where roles become permissions. `admin_scope` asks it for every page; whatever else
answers a signed-in person (a socket, a view) asks `access(request)`, too. Fail-closed: nobody
signed in, no membership, or a chosen organization that was taken away, is nothing at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platform_agents.tenancy.models import Membership

CHOSEN = "organization"
"""The session's key for the organization that its user chose to see alone."""

_Role = Membership.Role
_WRITERS = frozenset({_Role.OPERATOR, _Role.ADMIN})
_ADMINS = frozenset({_Role.ADMIN})


@dataclass(frozen=True, kw_only=True)
class Access:
    """`roles`: organization -> role. Answers are lists of organizations; None means all."""

    superuser: bool
    roles: Mapping[str, str]
    chosen: str | None = None

    def visible(self) -> list[str] | None:
        return self._narrowed(frozenset(_Role.values))

    def writable(self) -> list[str] | None:
        return self._narrowed(_WRITERS)

    def administered(self) -> list[str] | None:
        """Those whose agents' tracebacks may be seen, for example."""
        return self._narrowed(_ADMINS)

    def _narrowed(self, roles: frozenset[str]) -> list[str] | None:
        if self.superuser:
            return None if self.chosen is None else [self.chosen]
        own = [org_id for org_id, role in self.roles.items() if role in roles]
        return own if self.chosen is None else [org for org in own if org == self.chosen]


NOBODY = Access(superuser=False, roles={})


def access(request: Any) -> Access:
    """Read once per request, and never kept for longer."""
    user = request.user
    known = getattr(request, "_access", None)
    if known is None or known[0] != user.pk:
        known = (user.pk, _read(user, getattr(request, "session", {}).get(CHOSEN)))
        request._access = known
    found: Access = known[1]
    return found


def _read(user: Any, chosen: str | None) -> Access:
    if not (user.is_authenticated and user.is_active):
        return NOBODY
    if user.is_superuser:
        return Access(superuser=True, roles={}, chosen=chosen)
    rows = Membership.objects.unscoped("the user's own memberships say which organizations")
    roles = dict(rows.filter(user_id=user.pk).values_list("org_id", "role"))
    return Access(superuser=False, roles=roles, chosen=chosen)
