"""Modules as the admin's pages offer and name them: those of one's organizations only."""

from typing import Any

from django import forms
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from modules.models import Module
from platform_agents.tenancy.admin_scope import writable_org_ids


class ModuleChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Model) -> str:
        assert isinstance(obj, Module)
        return f"{obj.name} ({obj.org.name})"


def writable_modules(request: HttpRequest) -> QuerySet[Module]:
    org_ids = writable_org_ids(request)
    if org_ids is None:
        rows = Module.objects.unscoped("a superuser may write into every organization")
    else:
        rows = Module.objects.for_orgs(org_ids)
    return rows.select_related("org").order_by("org__name", "name", "id")


def named(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With `module_called`, the module's name; a deleted or foreign one has none."""
    modules = Module.objects.unscoped("the organization is compared, row by row")
    own = modules.filter(id=OuterRef("module_id"), org_id=OuterRef("org_id"))
    found: QuerySet[Any] = rows.annotate(module_called=Subquery(own.values("name")))
    return found
