"""Executions and tasks in the operators' admin: to read. django-q2's own pages are taken away:
whoever may add a Schedule there runs any importable callable."""

from typing import Any

import django_q.admin  # noqa: F401 (or autodiscover would register its pages after us)
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django_q.models import Failure, OrmQ, Schedule, Success

from executions import (
    delivery_admin,  # noqa: F401 (registers its pages)
    pictures,
    signing_admin,  # noqa: F401 (the same)
    step_admin,  # noqa: F401 (registers its pages)
    switches,
)
from executions.admin_list.view import ExecutionList
from executions.models import KillSwitch, ModuleExecution, Run, Task
from executions.targets import EVERYTHING
from platform_agents.tenancy.admin_scope import (
    OrgScopedAdmin,
    OwnOrganizationFilter,
    SuperuserAdmin,
)
from platform_agents.tenancy.audit import address_of

_MOST_CHILDREN = 200

for _model in (Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(ModuleExecution)
class ModuleExecutionAdmin(ExecutionList, OrgScopedAdmin):
    list_select_related = ("module", "org")
    ordering = ("-id",)
    fields = (
        "id", "module_name", "org", "status", "error", "charts", "input", "output",
        "started_at", "completed_at",
    )  # fmt: skip

    @admin.display(description="module")
    def module_name(self, execution: ModuleExecution) -> str:
        """Nothing stops the gateway's table from naming another organization's module."""
        ours = execution.module.org_id == execution.org_id
        return execution.module.name if ours else "(of another organization)"

    @admin.display(description="charts")
    def charts(self, execution: ModuleExecution) -> str:
        return pictures.shown(execution.output)


@admin.register(Run)
class RunAdmin(OrgScopedAdmin):
    when_empty = "They appear when the gateway, a schedule or a workflow runs a module."
    list_display = ("execution_id", "agent", "state", "outcome", "attempt", "queued_at", "worker")
    list_filter = (OwnOrganizationFilter, "state", "outcome", "lane", "origin")
    ordering = ("-execution_id",)
    exclude = ("parent",)
    readonly_fields = ("called_by", "called")

    @admin.display(description="called by")
    def called_by(self, run: Run) -> str:
        return "-" if run.parent is None else _link(run.parent)

    @admin.display(description="called")
    def called(self, run: Run) -> str:
        children = Run.objects.for_org(run.org_id).filter(parent=run.execution_id)
        rows = children.order_by("execution_id").values_list("execution_id", "agent", "state")
        parts = ((_link(child), agent, state) for child, agent, state in rows[:_MOST_CHILDREN])
        return format_html_join(mark_safe("<br>"), "{} {}, {}", parts) or "-"


def _link(execution_id: str) -> str:
    address = reverse("admin:executions_run_change", args=[quote(execution_id)])
    return format_html('<a href="{}">{}</a>', address, execution_id)


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
