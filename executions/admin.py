"""Executions and tasks in the operators' admin: to read. django-q2's own pages are taken away:
whoever may add a Schedule there runs any importable callable."""

from typing import Any

import django_q.admin  # noqa: F401 (or autodiscover would register its pages after us)
from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success

from executions import (
    delivery_admin,  # noqa: F401 (registers its pages)
    signing_admin,  # noqa: F401 (the same)
    step_admin,  # noqa: F401 (registers its pages)
    switches,
)
from executions.admin_list.view import ExecutionList
from executions.admin_modules import page as module_page  # noqa: F401 (registers its page)
from executions.admin_overview import pages as overview_pages
from executions.admin_page.page import ExecutionPage
from executions.models import KillSwitch, ModuleExecution, Task
from executions.targets import EVERYTHING
from platform_agents.tenancy.admin_scope import (
    OrgScopedAdmin,
    OwnOrganizationFilter,
    SuperuserAdmin,
)
from platform_agents.tenancy.audit import address_of

for _model in (Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

overview_pages.add_to(admin.site)


@admin.register(ModuleExecution)
class ModuleExecutionAdmin(ExecutionList, ExecutionPage, OrgScopedAdmin):
    list_select_related = ("module", "org")
    ordering = ("-id",)

    @admin.display(description="module")
    def module_name(self, execution: ModuleExecution) -> str:
        """Nothing stops the gateway's table from naming another organization's module."""
        ours = execution.module.org_id == execution.org_id
        return execution.module.name if ours else "(of another organization)"


@admin.register(Task)
class TaskAdmin(OrgScopedAdmin):
    when_empty = "The gateway makes tasks; executions may belong to one."
    list_display = ("description", "org", "status", "created_at", "completed_at")
    list_filter = (OwnOrganizationFilter, "status")
    list_select_related = ("org",)
    ordering = ("-created_at",)

    def get_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        return ("id", "description", "status", "result", "org", "created_at", "completed_at")


@admin.register(KillSwitch)
class KillSwitchAdmin(SuperuserAdmin):
    """One row at most: add it to pause for the first time."""

    list_display = ("__str__", "paused", "reason", "changed_by", "changed_at")
    fields = ("paused", "reason", "changed_by", "changed_at")
    readonly_fields = ("changed_by", "changed_at")

    def has_add_permission(self, request: Any) -> bool:
        return super().has_add_permission(request) and not KillSwitch.objects.exists()

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        paused = "Nothing queued starts, of any organization. What runs goes on."
        help_texts = {"paused": paused, "reason": "For those who operate the platform."}
        return super().get_form(request, obj, change, help_texts=help_texts, **kwargs)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        by, address = request.user.get_username(), address_of(request)
        if obj.paused:
            switches.pause(EVERYTHING, reason=obj.reason, by=by, address=address)
        else:
            switches.resume(EVERYTHING, by=by, address=address)
