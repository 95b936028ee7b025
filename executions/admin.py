"""Executions and tasks in the operators' admin: to read. django-q2's own pages are taken away:
whoever may add a Schedule there runs any importable callable."""

from typing import Any

import django_q.admin  # noqa: F401 (or autodiscover would register its pages after us)
from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success

from executions.models import ModuleExecution, Run, Task
from platform_agents.tenancy.admin_scope import OrgScopedAdmin, OwnOrganizationFilter

for _model in (Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(ModuleExecution)
class ModuleExecutionAdmin(OrgScopedAdmin):
    list_display = ("id", "module_name", "org", "status", "started_at", "completed_at")
    list_filter = (OwnOrganizationFilter, "status")
    list_select_related = ("module", "org")
    ordering = ("-id",)
    fields = (
        "id", "module_name", "org", "status", "error", "input", "output",
        "started_at", "completed_at",
    )  # fmt: skip

    @admin.display(description="module")
    def module_name(self, execution: ModuleExecution) -> str:
        """Nothing stops the gateway's table from naming another organization's module."""
        ours = execution.module.org_id == execution.org_id
        return execution.module.name if ours else "(of another organization)"


@admin.register(Run)
class RunAdmin(OrgScopedAdmin):
    list_display = ("execution_id", "agent", "state", "outcome", "attempt", "queued_at", "worker")
    list_filter = (OwnOrganizationFilter, "state", "outcome", "lane", "origin")
    ordering = ("-execution_id",)


@admin.register(Task)
class TaskAdmin(OrgScopedAdmin):
    list_display = ("description", "org", "status", "created_at", "completed_at")
    list_filter = (OwnOrganizationFilter, "status")
    list_select_related = ("org",)
    ordering = ("-created_at",)

    def get_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        return ("id", "description", "status", "result", "org", "created_at", "completed_at")
