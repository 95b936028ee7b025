"""The demo's rows: two organizations with their users, keys and modules, and three admin logins.

Seeding again puts the modules back as they are written here, so that the demo always runs, and
leaves the rest as it finds it: keys and passwords stay.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from modules.models import Module
from platform_agents.tenancy.models import ApiKey, Membership, Organization, PlatformUser

ADMIN = "demo-admin"
_ORGANIZATIONS = {"demo-acme": "Acme", "demo-globex": "Globex"}
_MODULES: dict[str, dict[str, Any]] = {
    "echo": {"name": "Echo", "category": "testing", "config": {}},
    "data": {"name": "Data", "category": "data", "config": {"operation": "describe"}},
    "nlp": {
        "name": "Assistant",
        "category": "nlp",
        "config": {"system_prompt": "Answer in one sentence.", "temperature": 0.2},
    },
}


@dataclass(frozen=True, kw_only=True)
class DemoOrg:
    """An organization as the demo uses it. `operator` is the login that sees only this one."""

    id: str
    name: str
    api_key: str
    operator: str

    def module_id(self, agent: str) -> str:
        return f"{self.id}-{agent}"


@transaction.atomic
def seed(password: str) -> list[DemoOrg]:
    """Create what is missing; every admin login has this password afterwards."""
    organizations = [_organization(org_id, name) for org_id, name in _ORGANIZATIONS.items()]
    _login(ADMIN, password, is_superuser=True)
    for org in organizations:
        user = _login(org.operator, password, is_superuser=False)
        Membership.objects.for_org(org.id).get_or_create(
            user=user, org_id=org.id, defaults={"role": Membership.Role.OPERATOR}
        )
    return organizations


def _organization(org_id: str, name: str) -> DemoOrg:
    Organization.objects.for_org(org_id).get_or_create(id=org_id, defaults={"name": name})
    PlatformUser.objects.for_org(org_id).get_or_create(
        id=f"{org_id}-user",
        org_id=org_id,
        defaults={
            "name": f"{name} user",
            "email": f"user@{name.lower()}.example",
            "password": "!",  # no bcrypt hash: nobody signs in to the gateway with it
            "role": "admin",
        },
    )
    for agent, values in _MODULES.items():
        Module.objects.for_org(org_id).update_or_create(
            id=f"{org_id}-{agent}",
            org_id=org_id,
            defaults={**values, "python_module": agent, "status": Module.ACTIVE},
        )
    return DemoOrg(id=org_id, name=name, api_key=_api_key(org_id), operator=org_id)


def _api_key(org_id: str) -> str:
    row, _ = ApiKey.objects.for_org(org_id).get_or_create(
        id=f"{org_id}-key",
        org_id=org_id,
        defaults={"name": "Demo key", "key": f"abw_{secrets.token_hex(32)}"},
    )
    return row.key


def _login(username: str, password: str, *, is_superuser: bool) -> Any:
    given = {"is_staff": True, "is_superuser": is_superuser}
    user, _ = get_user_model().objects.get_or_create(username=username, defaults=given)
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user
