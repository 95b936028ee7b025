"""Modules in the operators' admin: change name, config, endpoint and status of their own."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from modules import (
    admin_policy,  # noqa: F401 (registers its pages)
    registry,
)
from modules.errors import InvalidModuleConfig, UnknownAgent
from modules.lookup import check_config, check_endpoint
from modules.models import Module, ModuleSchedule
from modules.named_modules import check_named_modules
from modules.registry import RegisteredAgent
from modules.schedule_admin import ScheduleAdmin
from platform_agents.tenancy.admin_scope import OrgScopedAdmin, OwnOrganizationFilter


class ModuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """Validates config with the same code as POST /execute. ModuleAdmin says which fields."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not {"python_module", "endpoint", "config"} <= cleaned.keys():
            return cleaned
        try:
            agent = registry.agent_of(cleaned["python_module"], cleaned["endpoint"])
        except UnknownAgent as error:
            raise ValidationError({"python_module": str(error)}) from error
        self._check(check_endpoint, agent, "endpoint")
        self._check(check_config, agent, "config")
        if "config" in self.cleaned_data and (org_id := self._org_id(cleaned)):
            self._check(partial(check_named_modules, org_id=org_id), agent, "config")
        return cleaned

    def _check(self, check: Callable[..., None], agent: RegisteredAgent, field: str) -> None:
        try:
            check(agent, self.cleaned_data[field])
        except InvalidModuleConfig as error:
            why = [f"{path}: {', '.join(said)}" for path, said in error.errors.items()]
            self.add_error(field, ValidationError(why or [str(error)]))

    def _org_id(self, cleaned: dict[str, Any]) -> str | None:
        """None when none was chosen, which is an error of its own."""
        chosen = cleaned.get("org")
        return self.instance.org_id or (None if chosen is None else chosen.pk)


admin.site.register(ModuleSchedule, ScheduleAdmin)


@admin.register(Module)
class ModuleAdmin(OrgScopedAdmin):
    form = ModuleForm
    when_empty = "Add one here, or let the gateway make it: a module names an agent and its config."
    list_display = ("name", "org", "python_module", "category", "status", "created_at")
    list_filter = (OwnOrganizationFilter, "status")
    list_select_related = ("org",)
    search_fields = ("name", "python_module", "category")
    ordering = ("name", "id")
    fields = ("name", "category", "python_module", "endpoint", "config", "status", "org")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("org",) if obj is not None else ()  # a module never changes hands

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not self.may_write(request, obj):
            raise ValidationError("You may not change modules of that organization.")
        super().save_model(request, obj, form, change)
