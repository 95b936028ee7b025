"""Steps and approvals in the operators' admin. Steps are to read; a pending approval is decided on
its own page, by those who may write in its organization."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, QuerySet
from django.http import HttpRequest

from executions.approvals import (
    LONGEST_COMMENT,
    decide,
    open_ones,
    shown_state,
    unended_runs,
)
from executions.errors import ExecutionError
from executions.models import Approval, Step
from platform_agents.tenancy.admin_scope import OrgScopedAdmin, OwnOrganizationFilter
from platform_agents.tenancy.audit import address_of

_SHOWN = 4_000
_OPEN = "open"


@admin.register(Step)
class StepAdmin(OrgScopedAdmin):
    when_empty = "Steps appear when a workflow runs."
    list_display = ("execution_id", "named", "status", "attempt", "finished_at")
    list_filter = (OwnOrganizationFilter, "status")
    ordering = ("-id",)
    exclude = ("output", "step", "index")
    readonly_fields = ("named", "output_begins")

    @admin.display(description="step")
    def named(self, step: Step) -> str:
        """With the item's number, when it is one of many."""
        return str(step)

    @admin.display(description="output")
    def output_begins(self, step: Step) -> str:
        """Megabytes are no page."""
        output = step.output or "-"
        return output if len(output) <= _SHOWN else f"{output[:_SHOWN]}…"


class DecisionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only `decide` writes the row: it may be decided elsewhere at the same moment."""

    decision = forms.ChoiceField(
        choices=[("approve", "Approve"), ("reject", "Reject")], widget=forms.RadioSelect
    )
    comment = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=LONGEST_COMMENT
    )

    class Meta:
        model = Approval
        fields = ("comment",)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "\x00" in cleaned.get("comment", ""):
            self.add_error("comment", "It holds a NUL character, which cannot be stored.")
        return cleaned


class StateFilter(admin.SimpleListFilter):
    """`open`: what the first page counts, those that somebody can still decide."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        decided = (Approval.State.APPROVED, Approval.State.REJECTED, Approval.State.EXPIRED)
        return [(_OPEN, "Waits for a decision"), *((one.value, one.label) for one in decided)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == _OPEN:
            return open_ones(queryset)
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Approval)
class ApprovalAdmin(OrgScopedAdmin):
    form = DecisionForm
    when_empty = "A workflow with an approval step asks its question here."
    list_display = ("title", "execution_id", "step", "now", "expires_at", "decided_by")
    list_filter = (OwnOrganizationFilter, StateFilter)
    ordering = ("-id",)
    actions = ("approve", "reject")
    readonly_fields = (
        "title", "message", "execution_id", "step", "now", "asked_at", "expires_at", "decided_by",
        "decided_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(goes_on=Exists(unended_runs()))
        return rows

    @admin.display(description="state")
    def now(self, approval: Approval) -> str:
        return shown_state(approval, ended=not approval.goes_on)  # type: ignore[attr-defined]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        open_ = self.has_change_permission(request, obj)
        return (*self.readonly_fields, *(("decision",) if open_ else ()), "comment")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """To decide; a decided one is to read. Without an object: whether to offer the actions."""
        if obj is not None and self.now(obj) != Approval.State.PENDING:
            return False
        return self.may_write(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        answer = form.cleaned_data
        if not self.may_write(request, obj):
            raise PermissionDenied
        self._decide(
            request, obj, approve=answer["decision"] == "approve", comment=answer["comment"]
        )

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return super().log_change(request, obj, "Decided.")

    @admin.action(description="Approve the selected ones", permissions=["change"])
    def approve(self, request: HttpRequest, approvals: QuerySet[Approval]) -> None:
        self._decide_all(request, approvals, approve=True)

    @admin.action(description="Reject the selected ones", permissions=["change"])
    def reject(self, request: HttpRequest, approvals: QuerySet[Approval]) -> None:
        self._decide_all(request, approvals, approve=False)

    def _decide_all(
        self, request: HttpRequest, approvals: QuerySet[Approval], *, approve: bool
    ) -> None:
        """None of them when one is of an organization where the user may only look."""
        chosen = list(approvals)
        if not all(self.may_write(request, approval) for approval in chosen):
            raise PermissionDenied
        for approval in chosen:
            self._decide(request, approval, approve=approve)

    def _decide(
        self, request: HttpRequest, approval: Approval, *, approve: bool, comment: str = ""
    ) -> None:
        try:
            decide(
                approval.org_id, approval.execution_id, approval.step, approve=approve,
                by=f"user:{request.user.get_username()}", comment=comment,
                address=address_of(request),
            )  # fmt: skip
        except ExecutionError as error:
            messages.error(request, f"{approval.title}: {error}")
