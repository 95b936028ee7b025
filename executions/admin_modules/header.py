"""What stands above each tab of a module: its state, how it ran lately, what is wrong with it, and
what may be done. Mixed into `page.ModulePages`."""

from typing import Any

from django.http import HttpRequest

from executions.admin_modules import badges
from executions.admin_modules.recent import recent
from executions.admin_modules.tabs import tabs
from modules.agent_choice import about
from modules.config_field import agent_or_none
from modules.diagnosis import findings
from modules.models import Module, ModuleCircuit, ModulePolicy
from modules.module_admin import ModuleAdmin


class ModuleHeader(ModuleAdmin):
    change_form_template = "admin/module_pages/settings.html"

    def page_context(self, request: HttpRequest, module: Module, tab: str) -> dict[str, Any]:
        return {"header": header(module, writes=self.may_write(request, module)),
                "tabs": tabs(module, tab), "module": module, "original": module}  # fmt: skip

    def render_change_form(
        self, request: HttpRequest, context: Any, add: bool = False, change: bool = False,
        form_url: str = "", obj: Any = None,
    ) -> Any:  # fmt: skip
        if obj is not None:
            saved = Module.objects.for_org(obj.org_id).get(pk=obj.pk)  # not as just written
            context = {**context, **self.page_context(request, saved, "settings")}
        return super().render_change_form(request, context, add, change, form_url, obj)


def header(module: Module, *, writes: bool) -> dict[str, Any]:
    agent = agent_or_none(module.python_module, module.endpoint)
    [found] = findings([module])
    ran = recent([module])[module.pk]
    own = {"module_id": module.pk}
    policy = ModulePolicy.objects.for_org(module.org_id).filter(**own).first()
    circuit = ModuleCircuit.objects.for_org(module.org_id).filter(**own).first()
    return {
        "status": badges.of_status(module.status),
        "active": module.status == Module.ACTIVE,
        "paused": policy if policy is not None and policy.paused else None,
        "opened_at": circuit.opened_at if circuit and module.status == Module.ERROR else None,
        "stopped": module.status == Module.ERROR,
        "agent": agent,
        "about": about(agent) if agent else "",
        "last": ran.last,
        "last_badge": badges.of_result(ran.last.result) if ran.last else None,
        "runs": ran.day.runs,
        "success": badges.share(ran.day.success_rate),
        "p95": badges.duration(ran.p95_s),
        "findings": [finding for finding in found if finding.path not in _SAID_BY_BADGES],
        "writes": writes,
    }


_SAID_BY_BADGES = {"status", "policy.paused"}
