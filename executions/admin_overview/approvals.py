"""Questions of workflows that nobody has answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from executions.admin_overview import links, names
from executions.approvals import open_ones
from executions.models import Approval

_MOST = 20


@dataclass(frozen=True, kw_only=True)
class Question:
    title: str
    org: str
    asked_at: datetime
    expires_at: datetime
    link: str
    execution_link: str


def read(org_ids: Sequence[str] | None) -> list[Question]:
    """Those that expire first."""
    rows = open_ones(names.scoped(Approval.objects, org_ids))
    found = names.with_organization(rows).order_by("expires_at", "id")[:_MOST]
    return [
        Question(
            title=row.title, org=row.org_name or names.GONE, asked_at=row.asked_at,
            expires_at=row.expires_at, link=links.row("executions_approval", row.pk),
            execution_link=links.execution(row.execution_id),
        )
        for row in found
    ]  # fmt: skip
