"""The audit in the admin: to read, for admins of an organization and for superusers."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from platform_agents.tenancy.admin_scope import (
    OwnOrganizationFilter,
    administered_org_ids,
)
from platform_agents.tenancy.audit import AuditEntry
from platform_agents.tenancy.named_organization import NamesOrganization

_LOOKED_AT = 2_000


class DeedFilter(admin.SimpleListFilter):
    """By what was done, offering what is among the newest of the rows that the user may see."""

    title = "deed"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = model_admin.get_queryset(request).order_by("-id")
        verbs = set(newest.values_list("verb", flat=True)[:_LOOKED_AT])
        return [(verb, verb.replace(".", " ")) for verb in sorted(verbs)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(NamesOrganization):
    list_display = ("at", "by", "verb", "label", "organization_name", "address")
    list_filter = (OwnOrganizationFilter, DeedFilter, "at")
    lookups_allowed = frozenset({"at__gte", "at__lt"})
    search_fields = ("by", "verb", "label")
    ordering = ("-id",)
    fields = (
        "at", "by", "verb", "model", "object_id", "label", "organization_name", "address", "was",
        "became",
    )  # fmt: skip
    readonly_fields = ("organization_name", "was", "became")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        org_ids = administered_org_ids(request)
        return rows if org_ids is None else rows.filter(org_id__in=org_ids)

    def has_module_permission(self, request: HttpRequest) -> bool:
        if not super().has_module_permission(request):
            return False
        return administered_org_ids(request) != []

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        org_ids = administered_org_ids(request)
        mine = obj is None or org_ids is None or obj.org_id in org_ids
        return mine and super().has_view_permission(request, obj)

    @admin.display(description="before")
    def was(self, entry: AuditEntry) -> str:
        return _pretty(entry.before)

    @admin.display(description="after")
    def became(self, entry: AuditEntry) -> str:
        return _pretty(entry.after)


def _pretty(value: Any) -> str:
    if value is None:
        return "-"
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
