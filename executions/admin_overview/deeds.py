"""The newest lines of the audit, for those who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from executions.admin_overview import links, names
from platform_agents.tenancy.audit import AuditEntry

_MOST = 15


@dataclass(frozen=True, kw_only=True)
class Deed:
    at: datetime
    by: str
    what: str
    of: str
    org: str
    link: str


def read(org_ids: Sequence[str] | None) -> list[Deed]:
    """org_ids: those that the reader is an admin of."""
    rows = names.with_organization(names.scoped(AuditEntry.objects, org_ids))
    return [
        Deed(
            at=row.at, by=row.by, what=row.verb.replace(".", " "), of=row.label or row.object_id,
            org=row.org_name or "", link=links.row("tenancy_auditentry", row.pk),
        )
        for row in rows.order_by("-id")[:_MOST]
    ]  # fmt: skip
