"""What operators do on an execution's page: cancel, run again, approve or reject. POST only.

Each finds the execution as the page does, asks whether its user may write there, and leaves the
deed, with its record in the audit, to the module that owns it.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from agents.validation import readable
from executions.admin_page.finding import FoundExecution, page_of
from executions.again import run_again
from executions.approvals import LONGEST_COMMENT, decide
from executions.cancelling import cancel
from executions.errors import ExecutionError
from executions.models import ModuleExecution
from modules.errors import ModuleError
from platform_agents.tenancy.audit import address_of

_DECISIONS = {"approve": True, "reject": False}
_NO_DECISION = "Choose to approve or to reject."
_BAD_COMMENT = f"A comment has at most {LONGEST_COMMENT:,} characters, and no NUL character."


class ExecutionDeeds(FoundExecution):
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                f"<path:object_id>/{name}/",
                wrap(getattr(self, f"{name}_view")),
                name=f"execution_{name}",
            )
            for name in ("cancel", "retry", "decide")
        ] + super().get_urls()

    @method_decorator(require_POST)
    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._cancel)

    @method_decorator(require_POST)
    def retry_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._retry)

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._decide)

    def _do(
        self,
        request: HttpRequest,
        object_id: str,
        deed: Callable[[HttpRequest, ModuleExecution], str],
    ) -> HttpResponse:
        """deed answers with the id of the execution whose page follows."""
        execution = self.found(request, object_id)
        if execution is None:
            return self.missing(request, object_id)
        if not self.may_write(request, execution):
            raise PermissionDenied
        try:
            then = deed(request, execution)
        except (ExecutionError, ModuleError) as error:
            messages.error(request, _in_words(error))
            then = execution.pk
        return HttpResponseRedirect(page_of(then))

    def _cancel(self, request: HttpRequest, execution: ModuleExecution) -> str:
        over = cancel(execution.org_id, execution.pk, **_actor(request))
        said = "It was cancelled." if over else "It was asked to end, and will within seconds."
        messages.success(request, said)
        return execution.pk

    def _retry(self, request: HttpRequest, execution: ModuleExecution) -> str:
        actor = _actor(request)
        submitted = run_again(
            execution.org_id, execution.pk, requested_by=actor["by"], address=actor["address"],
            config="same" if request.POST.get("config") == "same" else "current",
        )  # fmt: skip
        messages.success(request, "It runs again. This is the new execution.")
        return submitted.execution_id

    def _decide(self, request: HttpRequest, execution: ModuleExecution) -> str:
        decision, comment = request.POST.get("decision"), request.POST.get("comment", "").strip()
        if decision not in _DECISIONS:
            raise ExecutionError(_NO_DECISION)
        if len(comment) > LONGEST_COMMENT or "\x00" in comment:
            raise ExecutionError(_BAD_COMMENT)
        step = request.POST.get("step", "").replace("\x00", "")
        approved = _DECISIONS[decision]
        decide(
            execution.org_id, execution.pk, step,
            approve=approved, comment=comment, **_actor(request),
        )  # fmt: skip
        messages.success(request, "Approved." if approved else "Rejected.")
        return execution.pk


def _actor(request: HttpRequest) -> dict[str, str]:
    return {"by": f"user:{request.user.get_username()}", "address": address_of(request)}


def _in_words(error: Exception) -> str:
    findings: Any = getattr(error, "errors", None)
    return f"{error} {readable(findings)}" if findings else str(error)
