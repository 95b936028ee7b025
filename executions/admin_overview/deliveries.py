"""Webhooks that do not arrive: tried again, or given up in the last day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now

from executions.admin_overview import links, names
from executions.models import Delivery

_MOST = 15
_LATELY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Line:
    """host: of the address, which may hold more than people should read. next_at: None when it was
    given up. why: what the last attempt got."""

    host: str
    org: str
    attempts: int
    why: str
    next_at: datetime | None
    link: str


def read(org_ids: Sequence[str] | None) -> list[Line]:
    """Newest first."""
    given_up = Q(state=Delivery.State.FAILED, settled_at__gte=Now() - _LATELY)
    again = Q(state=Delivery.State.PENDING, attempts__gt=0)
    rows = names.scoped(Delivery.objects, org_ids).filter(given_up | again)
    found = names.with_organization(rows).order_by("-created_at", "-id")[:_MOST]
    return [
        Line(
            host=row.host, org=row.org_name or names.GONE, attempts=row.attempts,
            why=row.last_error or f"answered {row.last_status}",
            next_at=row.due_at if row.state == Delivery.State.PENDING else None,
            link=links.row("executions_delivery", row.pk),
        )
        for row in found
    ]  # fmt: skip
