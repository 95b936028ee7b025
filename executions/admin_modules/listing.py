"""The list of modules: state, agent, last run, and figures of the last day, by two queries for all
rows of a page. Mixed into `page.ModulePages`."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from executions.admin_modules import badges
from executions.admin_modules.filters import AgentFilter, CategoryFilter, StatusFilter
from executions.admin_modules.recent import Recent, recent
from modules.config_field import agent_or_none
from modules.models import Module, ModulePolicy
from modules.module_admin import ModuleAdmin
from platform_agents.tenancy.admin_scope import OwnOrganizationFilter, visible_org_ids


class ModuleChangeList(ChangeList):  # type: ignore[misc]
    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        modules: list[Any] = list(self.result_list)
        ran = recent(modules)
        for module in modules:
            module.recent = ran[module.pk]
        self.result_list = modules


class ModuleList(ModuleAdmin):
    list_display = (
        "name", "state", "agent", "last_run", "success_rate", "p95", "category", "org",
    )  # fmt: skip
    list_filter = (StatusFilter, AgentFilter, CategoryFilter, OwnOrganizationFilter)
    list_select_related = ("org",)
    list_per_page = 50

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("operators/modules.css",)}

    def get_list_display(self, request: HttpRequest) -> Any:
        """Whoever sees one organization need not read its name in each row."""
        visible = visible_org_ids(request)
        alone = visible is not None and len(visible) == 1
        return [name for name in self.list_display if not (alone and name == "org")]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return ModuleChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        policies = ModulePolicy.objects.unscoped("of the module's own organization, see the filter")
        paused = policies.filter(module_id=OuterRef("pk"), org_id=OuterRef("org_id"), paused=True)
        rows: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[Any] = rows.annotate(is_paused=Exists(paused))
        return annotated

    @admin.display(description="state", ordering="status")
    def state(self, module: Any) -> str:
        shown = [badges.of_status(module.status)]
        if module.is_paused:
            shown.append(badges.PAUSED)
        return format_html_join(" ", "{}", ((badge.html(),) for badge in shown))

    @admin.display(description="agent", ordering="python_module")
    def agent(self, module: Module) -> str:
        agent = agent_or_none(module.python_module, module.endpoint)
        if agent is None:
            return format_html("{} {}", module.python_module, badges.NO_AGENT.html())
        return agent.name

    @admin.display(description="last run")
    def last_run(self, module: Any) -> str:
        last = module.recent.last
        if last is None:
            return "Never"
        link = reverse("admin:executions_moduleexecution_change", args=[last.execution_id])
        return _last_run(link, last.result, last.at)

    @admin.display(description="succeeded, 24 h")
    def success_rate(self, module: Any) -> str:
        day = module.recent.day
        text = badges.share(day.success_rate)
        return format_html(
            '{} <span class="pa-of">of {}</span>', text, f"{day.runs:,}"
        ) if day.runs else text  # fmt: skip

    @admin.display(description="95 % within")
    def p95(self, module: Any) -> str:
        ran: Recent = module.recent
        return badges.duration(ran.p95_s)


def _last_run(link: str, result: str, at: Any) -> SafeString:
    given = {"link": link, "badge": badges.of_result(result), "at": at}
    return render_to_string("admin/module_pages/last_run.html", given)
