"""Names in place of ids, of what the person who looks may see; one query each."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from modules.models import Module
from platform_agents.tenancy.models import Organization

GONE = "(deleted)"
_ALL = "a superuser sees all organizations"


def scoped(manager: Any, org_ids: Sequence[str] | None) -> QuerySet[Any]:
    """Rows of these organizations; None: of all, for superusers."""
    rows: QuerySet[Any] = (
        manager.unscoped(_ALL) if org_ids is None else manager.for_orgs(list(org_ids))
    )
    return rows


def with_organization(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows with `org_name`: None when it was deleted, or for what is of no organization."""
    all_ = Organization.objects.unscoped("each row gets the name of its own organization alone")
    own = all_.filter(id=OuterRef("org_id")).order_by().values("name")
    named: QuerySet[Any] = rows.annotate(org_name=Subquery(own))
    return named


def organizations(org_ids: Sequence[str] | None, wanted: Iterable[str]) -> dict[str, str]:
    rows = scoped(Organization.objects, org_ids).filter(id__in=set(wanted))
    return dict(rows.order_by().values_list("id", "name"))


def modules(org_ids: Sequence[str] | None, wanted: Iterable[str]) -> dict[str, Module]:
    """With its organization's name."""
    rows = scoped(Module.objects, org_ids).filter(id__in=set(wanted)).select_related("org")
    return {module.id: module for module in rows.order_by()}
