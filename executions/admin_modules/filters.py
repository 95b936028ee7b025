"""Filters of the list of modules. What they offer is of the organizations that the user may see."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from modules import registry
from modules.models import Module

_MOST_CATEGORIES = 100
_NOT_INSTALLED = "-"
_STATUS = {
    Module.ACTIVE: "Active", Module.INACTIVE: "Inactive", Module.ERROR: "Stopped after failures",
}  # fmt: skip
_PAUSED = "paused"


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*_STATUS.items(), (_PAUSED, "Paused")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == _PAUSED:
            return queryset.filter(is_paused=True)
        return queryset.filter(status=self.value()) if self.value() in _STATUS else queryset


class CategoryFilter(admin.SimpleListFilter):
    title = "category"
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by("category").distinct()
        found = rows.values_list("category", flat=True)[:_MOST_CATEGORIES]
        return [(category, category or "(none)") for category in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(category=self.value())


class AgentFilter(admin.SimpleListFilter):
    """By the agent that runs them, whatever name they use for it."""

    title = "agent"
    parameter_name = "agent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        agents = [(agent.name, agent.name) for agent in registry.all_agents()]
        return [*agents, (_NOT_INSTALLED, "Not installed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == _NOT_INSTALLED:
            return queryset.exclude(_elsewhere() | Q(python_module__in=_all_names()))
        agent = next((a for a in registry.all_agents() if a.name == self.value()), None)
        if agent is None:
            return queryset
        named = Q(python_module__in=registry.references_to(agent))
        remote = agent.name == registry.REMOTE
        return queryset.filter(named | _elsewhere() if remote else named & ~_elsewhere())


def _elsewhere() -> Q:
    """`registry.agent_of`, as a condition."""
    return Q(endpoint__isnull=False, endpoint__regex=r"\S")


def _all_names() -> list[str]:
    return [name for agent in registry.all_agents() for name in registry.references_to(agent)]
