"""`NamesOrganization`: for pages over rows that hold the id of their organization alone."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from platform_agents.tenancy.admin_scope import OrgScopedAdmin
from platform_agents.tenancy.models import Organization

_GONE, _NOBODYS = "(deleted)", "–"


class NamesOrganization(OrgScopedAdmin):
    """Has the column `organization_name`, read with the rows."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        every = Organization.objects.unscoped("each row gets the name of its own organization")
        own = every.filter(pk=OuterRef("org_id")).order_by().values("name")
        rows: QuerySet[Any] = super().get_queryset(request).annotate(org_called=Subquery(own))
        return rows

    @admin.display(description="organization")
    def organization_name(self, row: Any) -> str:
        return row.org_called or (_GONE if row.org_id else _NOBODYS)
