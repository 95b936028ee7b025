"""Policies and circuits of modules in the operators' admin: those of their own organizations."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from modules.circuit import reset_circuit
from modules.models import Module, ModuleCircuit, ModulePolicy
from platform_agents.tenancy.admin_scope import (
    OwnOrganizationFilter,
    PauseStamp,
)
from platform_agents.tenancy.audit import address_of
from platform_agents.tenancy.named_organization import NamesOrganization

_ABOVE_0 = 0.001
_AT_LEAST = {
    "concurrency": 1, "timeout_s": _ABOVE_0, "start_within_s": _ABOVE_0, "max_attempts": 1,
    "backoff_s": 0, "circuit_failures": 1,
}  # fmt: skip
_HELP = {
    "concurrency": "Runs of this module at once, on all workers together. Empty: no limit.",
    "paused": "Queued runs wait; what runs goes on. Calls are still accepted.",
    "pause_reason": "Shown to those who ask why a run waits.",
    "priority": "Within the organization, smaller numbers run sooner. 0 is normal.",
    "timeout_s": "Seconds that one attempt may take. Empty: the platform's default.",
    "start_within_s": "Seconds that a run may wait for its first start. Empty: the default.",
    "max_attempts": "Attempts per run. Empty: the platform's default.",
    "backoff_s": "Seconds to wait before another attempt at first; it doubles. Empty: the default.",
    "at_most_once": "Never start a run twice, even when its process dies.",
    "circuit_failures": "So many failures in a row set the module's status to error. Empty: never.",
}
_LABELS = {
    "concurrency": "Runs at once",
    "timeout_s": "Time limit (seconds)",
    "start_within_s": "Start within (seconds)",
    "max_attempts": "Attempts",
    "backoff_s": "Pause between attempts (seconds)",
    "at_most_once": "At most once",
    "circuit_failures": "Stop after failures in a row",
}


class ModulePolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """ModulePolicyAdmin says which modules may be chosen; a policy that has its module keeps it."""

    module = forms.ModelChoiceField(queryset=Module.objects.using(None))
    choices: ClassVar[QuerySet[Module]]  # of the user who asks: each request has its own subclass

    class Meta:
        model = ModulePolicy
        fields = tuple(_HELP)
        help_texts = _HELP
        labels = _LABELS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.module_id:
            module: Any = self.fields["module"]
            module.queryset = self.choices
        else:
            del self.fields["module"]
        for name in _AT_LEAST.keys() & self.fields.keys():
            self.fields[name].validators.append(MinValueValidator(_AT_LEAST[name]))

    def clean_module(self) -> Module:
        module: Module = self.cleaned_data["module"]
        if ModulePolicy.objects.for_org(module.org_id).filter(module_id=module.id).exists():
            raise ValidationError("This module has a policy already; change that one.")
        self.instance.module_id, self.instance.org_id = module.id, module.org_id
        return module


class _NamesItsModule(NamesOrganization):
    """A page over rows that name a module by its id alone."""

    list_filter = (OwnOrganizationFilter,)
    ordering = ("org_id", "module_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        modules = Module.objects.unscoped("of the row's own organization, see the filter")
        own = modules.filter(id=OuterRef("module_id"), org_id=OuterRef("org_id"))
        rows: QuerySet[Any] = super().get_queryset(request)
        named: QuerySet[Any] = rows.annotate(_name=Subquery(own.values("name")[:1]))
        return named

    @admin.display(description="module")
    def module_name(self, row: Any) -> str:
        return row._name or "(deleted)"


@admin.register(ModulePolicy)
class ModulePolicyAdmin(PauseStamp, _NamesItsModule):
    audit_name = "module_policy"
    form = ModulePolicyForm
    when_empty = (
        "Without a policy the defaults of the platform hold. Add one to limit or pause a module."
    )
    list_display = (
        "module_name", "organization_name", "concurrency", "paused", "priority", "circuit_failures",
    )  # fmt: skip
    fields = (*_HELP, "paused_by", "paused_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        first = ("module",) if obj is None else ("module_name", "organization_name")
        return (*first, *self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("module_name", "organization_name", "paused_by", "paused_at")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.choices = self._choices(request)
        return form

    def _choices(self, request: HttpRequest) -> QuerySet[Module]:
        org_ids = self.writable_org_ids(request)
        if org_ids is None:
            rows = Module.objects.unscoped("a superuser writes to all organizations")
        else:
            rows = Module.objects.for_orgs(org_ids)
        return rows.order_by("name", "id")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not self.may_write(request, obj):
            raise ValidationError("You may not change policies of that organization.")
        super().save_model(request, obj, form, change)


@admin.register(ModuleCircuit)
class ModuleCircuitAdmin(_NamesItsModule):
    when_empty = "Failures are counted for modules whose policy sets a number of circuit failures."
    list_display = ("module_name", "organization_name", "failures", "opened_at")
    fields = ("module_name", "organization_name", "failures", "opened_at")
    readonly_fields = fields
    actions = ("reset",)

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request)

    @admin.action(
        description="Reset: count anew, and make the module active", permissions=["reset"]
    )
    def reset(self, request: HttpRequest, circuits: QuerySet[ModuleCircuit]) -> None:
        mine = [circuit for circuit in circuits if self.may_write(request, circuit)]
        for circuit in mine:
            reset_circuit(
                org_id=circuit.org_id, module_id=circuit.module_id,
                by=request.user.get_username(), address=address_of(request),
            )  # fmt: skip
        self.message_user(request, f"{len(mine)} circuits were reset.", messages.SUCCESS)
