"""The log of webhook deliveries in the operators' admin: to read, and to begin them anew.
Registered by `executions.admin`."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from executions.models import Delivery
from executions.webhooks.redelivery import again
from platform_agents.tenancy.admin_scope import (
    OrgScopedAdmin,
    OwnOrganizationFilter,
)


@admin.register(Delivery)
class DeliveryAdmin(OrgScopedAdmin):
    list_display = (
        "id", "url", "outcome", "state", "attempts", "last_status", "next_try", "created_at",
    )  # fmt: skip
    list_filter = (OwnOrganizationFilter, "state", "outcome")
    search_fields = ("execution_id", "url")
    ordering = ("-created_at", "-id")
    actions = ("redeliver",)
    fields = (
        "id", "execution_id", "module_id", "org_id", "url", "secret_name", "outcome", "state",
        "attempts", "next_try", "last_status", "last_error", "last_body", "created_at",
        "settled_at",
    )  # fmt: skip

    @admin.display(description="next try")
    def next_try(self, delivery: Delivery) -> Any:
        return delivery.due_at if delivery.state == Delivery.State.PENDING else None

    def has_redeliver_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request)

    @admin.action(description="Deliver again", permissions=["redeliver"])
    def redeliver(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        org_ids = self.writable_org_ids(request)
        own = chosen if org_ids is None else chosen.filter(org_id__in=org_ids)
        rows = list(own)
        ids = [row.pk for row in rows]
        with transaction.atomic():
            for row in rows:
                self._record(request, "sent_again", row, before=None, after=None)
            begun = again(own, ids)
        said = f"{begun} of {len(ids)} begin anew; what is pending goes on by itself."
        self.message_user(request, said)
