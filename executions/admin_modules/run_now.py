"""Run now: a form made from the agent's Input, which submits and goes to the execution's page.

With `?from=` an execution of the module, it begins with that one's input, and the new execution
names that one. Mixed into `page.ModulePages`.
"""

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from executions.admin_modules.header import ModuleHeader
from executions.admin_modules.run_form import RunForm
from modules.config_field import agent_or_none
from modules.models import Module
from platform_agents.tenancy.audit import address_of

_NO_AGENT = "This module's agent is not installed here, so it cannot run. Choose another agent."
_NOT_ITS = "That execution is not one of this module's; the form begins with the last run."


class RunNow(ModuleHeader):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.run_view)
        return [path("<path:object_id>/run/", view, name="module_run"), *super().get_urls()]

    def run_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        module = self._module(request, object_id)
        if module is None:
            return self._missing(request, object_id)
        if not self.may_write(request, module):
            raise PermissionDenied
        form = self._run_form(request, module)
        if form is None:
            messages.error(request, _NO_AGENT)
            return _go_to("modules_module_change", module.pk)
        if request.method == "POST" and form.reads():
            by, address = request.user.get_username(), address_of(request)
            if execution_id := form.submit(by=by, address=address):
                return _go_to("executions_moduleexecution_change", execution_id)
        return self._run_page(request, module, form)

    def _run_form(self, request: HttpRequest, module: Module) -> RunForm | None:
        """None without an agent."""
        agent = agent_or_none(module.python_module, module.endpoint)
        if agent is None:
            return None
        if request.method == "POST":
            return RunForm.sent(module, agent, request.POST, request.FILES)
        earlier = request.GET.get("from", "")
        form = RunForm.new(module, agent, earlier=earlier)
        if earlier and not form.earlier:
            messages.warning(request, _NOT_ITS)
        return form

    def _run_page(self, request: HttpRequest, module: Module, form: RunForm) -> HttpResponse:
        return TemplateResponse(request, "admin/module_pages/run.html", {
            **self.admin_site.each_context(request), "title": f"Run {module.name}",
            "opts": self.opts, "form": form, **self.page_context(request, module, ""),
        })  # fmt: skip


def _go_to(page: str, row_id: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"admin:{page}", args=[quote(row_id)]))
