"""The page of operations: what happens now, part by part (one file each).

Superusers see all of it; others what is of their organizations, and the audit where they are
admins. It changes nothing itself (`switch_pages`).
"""

from typing import Any

from django.contrib import admin
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from executions.admin_overview import (
    approvals,
    deeds,
    deliveries,
    paused,
    queue,
    schedules,
    workers,
)
from executions.models import KillSwitch
from platform_agents.shared_schema.contract import differences
from platform_agents.shared_schema.live_indexes import missing
from platform_agents.tenancy.access import Access, access


def operations(request: HttpRequest) -> HttpResponse:
    mine = access(request)
    context = {
        **admin.site.each_context(request),
        "title": "Operations",
        "now": timezone.now(),
        **({} if mine.visible() == [] else _shown(mine)),
    }
    return TemplateResponse(request, "admin/overview/operations.html", context)


def _shown(mine: Access) -> dict[str, Any]:
    org_ids, administered = mine.visible(), mine.administered()
    return {
        "shown": True,
        "queue": queue.read(org_ids, reasons=True),
        "approvals": approvals.read(org_ids),
        "deliveries": deliveries.read(org_ids),
        "schedules": schedules.read(org_ids),
        "audited": administered != [],
        "deeds": [] if administered == [] else deeds.read(administered),
        **(_of_the_platform(org_ids) if mine.superuser else {}),
    }


def _of_the_platform(org_ids: list[str] | None) -> dict[str, Any]:
    return {
        "platform": True,
        "switch": KillSwitch.objects.filter(paused=True).first(),
        "paused": paused.read(org_ids),
        "workers": workers.read(),
        "differences": differences(connection),
        "indexes": missing(connection),
    }
