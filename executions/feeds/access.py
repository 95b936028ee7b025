"""Who may watch what: API keys the executions of their organization, operators those of their
memberships, superusers all. Asked when somebody subscribes, and again every FEED_REAUTH_SECONDS.

A foreign execution or organization and a missing one are the same refusal.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from executions.feeds.closing import NO_KEY, UNKNOWN_EXECUTION, UNKNOWN_ORGANIZATION, Closed
from executions.models import ModuleExecution
from platform_agents.tenancy.authentication import find_key
from platform_agents.tenancy.models import Membership, Organization


@dataclass(frozen=True, kw_only=True)
class Permission:
    """To watch something of this organization. private: also what is for its administrators."""

    org_id: str
    private: bool = False


class Credential(Protocol):
    """Both methods raise Closed, and ask the database anew each time."""

    def for_execution(self, execution_id: str) -> Permission: ...

    def for_organization(self, org_id: str | None) -> Permission: ...


@dataclass(frozen=True)
class KeyCredential:
    key: str = field(repr=False)

    def for_execution(self, execution_id: str) -> Permission:
        permission = self.for_organization(None)
        rows = ModuleExecution.objects.for_org(permission.org_id)
        _owner(rows, execution_id)
        return permission

    def for_organization(self, org_id: str | None) -> Permission:
        found = find_key(self.key)
        if found is None:
            raise Closed(NO_KEY)
        if org_id not in (None, found.org_id):
            raise Closed(UNKNOWN_ORGANIZATION)
        return Permission(org_id=found.org_id)


@dataclass(frozen=True)
class SessionCredential:
    """A session of the admin, by the key in its cookie."""

    session_key: str = field(repr=False)

    def for_execution(self, execution_id: str) -> Permission:
        user = self._operator()
        if user.is_superuser:
            rows = ModuleExecution.objects.unscoped("a superuser sees all organizations")
        else:
            rows = ModuleExecution.objects.for_orgs(_roles(user))
        return self._permission(user, _owner(rows, execution_id))

    def for_organization(self, org_id: str | None) -> Permission:
        user = self._operator()
        if not org_id or not self._sees(user, org_id):
            raise Closed(UNKNOWN_ORGANIZATION)
        return self._permission(user, org_id)

    def _operator(self) -> Any:
        request = HttpRequest()
        request.session = SessionStore(self.session_key)
        user: Any = get_user(request)
        if not (user.is_active and user.is_staff):
            raise Closed(NO_KEY)
        return user

    @staticmethod
    def _sees(user: Any, org_id: str) -> bool:
        if not user.is_superuser:
            return org_id in _roles(user)
        all_of_them = Organization.objects.unscoped("a superuser sees all organizations")
        return _storable(org_id) and all_of_them.filter(id=org_id).exists()

    @staticmethod
    def _permission(user: Any, org_id: str) -> Permission:
        private = user.is_superuser or _roles(user)[org_id] == Membership.Role.ADMIN
        return Permission(org_id=org_id, private=private)


def session_cookie(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")


def _roles(user: Any) -> dict[str, str]:
    """By organization."""
    rows = Membership.objects.unscoped("the user's own memberships say which organizations")
    return dict(rows.filter(user_id=user.pk).values_list("org_id", "role"))


def _owner(rows: Any, execution_id: str) -> str:
    matching = rows.filter(id=execution_id).values_list("org_id", flat=True)
    if not _storable(execution_id) or not (found := list(matching)):
        raise Closed(UNKNOWN_EXECUTION)
    return str(found[0])


def _storable(id_: str) -> bool:
    return "\x00" not in id_
