"""An execution by the id in an address, among those that the signed-in user may see. Base of the
page's views: one that may not be seen is answered as a missing one is."""

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from executions.models import ModuleExecution
from platform_agents.tenancy.admin_scope import OrgScopedAdmin

_BIG = ("input", "output", "module__config")


class FoundExecution(OrgScopedAdmin):
    def found(self, request: HttpRequest, object_id: str) -> ModuleExecution | None:
        """Without its input and output, which may be large."""
        id_ = unquote(object_id)
        if "\x00" in id_:
            return None
        rows = self.get_queryset(request).select_related("module", "org").defer(*_BIG)
        execution: ModuleExecution | None = rows.filter(pk=id_).first()
        if execution is None or not self.has_view_permission(request, execution):
            return None
        return execution

    def missing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        self_: Any = self
        redirect: HttpResponse = self_._get_obj_does_not_exist_redirect(
            request, self.opts, unquote(object_id)
        )
        return redirect


def page_of(execution_id: str) -> str:
    return reverse("admin:executions_moduleexecution_change", args=[quote(execution_id)])
