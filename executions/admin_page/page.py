"""`ExecutionPage`: the page of one execution. Mixed into the ModelAdmin of executions."""

from typing import Any

from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse

from executions.admin_page.compare_page import ExecutionComparison
from executions.admin_page.deeds import ExecutionDeeds
from executions.admin_page.downloads import ExecutionDownloads
from executions.admin_page.reading import Shown, shown
from executions.models import ModuleExecution, Run
from platform_agents.tenancy.admin_scope import administered_org_ids

_SEQ_DIGITS = 18


class ExecutionPage(ExecutionDeeds, ExecutionComparison, ExecutionDownloads):
    """`?before=SEQ`: the log ends before that line."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        execution = self.found(request, object_id)
        if execution is None:
            return self.missing(request, object_id)
        administered = administered_org_ids(request)
        page = shown(
            execution,
            tracebacks=administered is None or execution.org_id in administered,
            before=_seq(request.GET.get("before")),
        )
        context = {
            **self.admin_site.each_context(request),
            "title": page.module_name or "Execution",
            "opts": self.opts,
            "execution": execution,
            "page": page,
            "earlier": "before" in request.GET,
            **self._offers(request, page),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/execution_page/page.html", context)

    def _offers(self, request: HttpRequest, page: Shown) -> dict[str, Any]:
        """What its user may do with it now."""
        writes = self.may_write(request, page.execution)
        runs = page.run is not None and page.run.state != Run.State.DONE
        over = not page.live
        edited = _edited_address(page.execution) if page.module_name else None
        return {
            "may_write": writes,
            "may_cancel": writes and runs and page.run and not page.run.cancel_requested_at,
            "may_retry": writes and over,
            "may_retry_same": bool(page.run and page.run.config_version is not None),
            "edited_address": edited if writes else None,
        }


def _edited_address(execution: ModuleExecution) -> str | None:
    """Of "Run now" with this execution's input; None where there is no such page."""
    try:
        address = reverse("admin:module_run", args=[quote(execution.module_id)])
    except NoReverseMatch:
        return None
    return f"{address}?from={quote(execution.pk)}"


def _seq(text: str | None) -> int | None:
    digits = text or ""
    ok = digits.isascii() and digits.isdecimal() and len(digits) <= _SEQ_DIGITS
    return int(digits) if ok else None
