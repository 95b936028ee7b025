"""Organizations and modules that somebody paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from executions.admin_overview import names
from modules.models import ModulePolicy
from platform_agents.tenancy.models import OrgPolicy

_MOST = 20


@dataclass(frozen=True, kw_only=True)
class Pause:
    """query: names it in an address."""

    name: str
    org: str
    reason: str
    by: str
    at: datetime | None
    query: str


def read(org_ids: Sequence[str] | None) -> list[Pause]:
    return [*_organizations(org_ids), *_modules(org_ids)]


def _organizations(org_ids: Sequence[str] | None) -> list[Pause]:
    rows = names.scoped(OrgPolicy.objects, org_ids).filter(paused=True)
    found = names.with_organization(rows).order_by("-paused_at", "org_id")[:_MOST]
    return [
        _pause(row, name=row.org_name or names.GONE, org="", query={"org": row.org_id})
        for row in found
    ]


def _modules(org_ids: Sequence[str] | None) -> list[Pause]:
    rows = names.scoped(ModulePolicy.objects, org_ids).filter(paused=True)
    found: list[ModulePolicy] = list(rows.order_by("-paused_at", "module_id")[:_MOST])
    modules = names.modules(org_ids, [row.module_id for row in found]) if found else {}
    return [
        _pause(row, name=module.name, org=module.org.name, query={"module": module.id})
        for row in found
        if (module := modules.get(row.module_id)) is not None
    ]


def _pause(row: OrgPolicy | ModulePolicy, *, name: str, org: str, query: dict[str, str]) -> Pause:
    return Pause(
        name=name, org=org, reason=row.pause_reason, by=row.paused_by, at=row.paused_at,
        query=urlencode(query),
    )  # fmt: skip
