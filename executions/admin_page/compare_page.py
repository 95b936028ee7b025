"""The page that compares an execution with another of its module: `?with=ID`, or a list to pick
from. An id that is foreign, missing or of another module is one answer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from executions.admin_page.comparing import choices, compared
from executions.admin_page.finding import FoundExecution
from executions.admin_page.reading import module_name
from executions.models import ModuleExecution

_NO_OTHER = "There is no such other execution of this module. Pick one from the list."


class ExecutionComparison(FoundExecution):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.compare_view)
        return [
            path("<path:object_id>/compare/", view, name="execution_compare"),
            *super().get_urls(),
        ]

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        execution = self.found(request, object_id)
        if execution is None:
            return self.missing(request, object_id)
        wanted = request.GET.get("with", "").strip()
        other = self._other(request, execution, wanted) if wanted else None
        if wanted and other is None:
            messages.error(request, _NO_OTHER)
        name = module_name(execution)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Compare two executions of {name}" if name else "Compare two executions",
            "opts": self.opts,
            "execution": execution,
            "module_name": name,
            "comparison": compared(execution, other) if other else None,
            "choices": choices(execution),
        }
        return TemplateResponse(request, "admin/execution_page/compare.html", context)

    def _other(
        self, request: HttpRequest, execution: ModuleExecution, wanted: str
    ) -> ModuleExecution | None:
        other = self.found(request, wanted) if wanted != execution.pk else None
        if other is None or other.org_id != execution.org_id:
            return None
        return other if other.module_id == execution.module_id else None
