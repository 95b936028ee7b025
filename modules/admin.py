"""Modules in the operators' admin: change name, config, endpoint and status of their own."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from modules import (
    admin_policy,  # noqa: F401 (registers its pages)
    config_recording,
)
from modules.history_admin import ConfigHistoryAdmin
from modules.models import Module, ModuleSchedule, ModuleWebhook
from modules.saving import problems
from modules.schedule_admin import ScheduleAdmin
from modules.webhook_admin import WebhookAdmin
from platform_agents.postgres.prepared import fetch
from platform_agents.tenancy.admin_scope import OwnOrganizationFilter


class ModuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """Validates config with the same code as POST /execute. ModuleAdmin says which fields."""

    reason = forms.CharField(
        max_length=500,
        required=False,
        help_text="Why you change it, for those who read its config's history.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"python_module", "endpoint", "config"} <= cleaned.keys():
            found = problems(
                python_module=cleaned["python_module"],
                endpoint=cleaned["endpoint"],
                config=cleaned["config"],
                org_id=self._org_id(cleaned),
            )
            for field, why in found.items():
                self.add_error(field, ValidationError(why))
        return cleaned

    def _org_id(self, cleaned: dict[str, Any]) -> str | None:
        """None when none was chosen, which is an error of its own."""
        chosen = cleaned.get("org")
        return self.instance.org_id or (None if chosen is None else chosen.pk)


admin.site.register(ModuleSchedule, ScheduleAdmin)
admin.site.register(ModuleWebhook, WebhookAdmin)


@admin.register(Module)
class ModuleAdmin(ConfigHistoryAdmin):
    form = ModuleForm
    when_empty = "Add one here, or let the gateway make it: a module names an agent and its config."
    list_display = ("name", "org", "python_module", "category", "status", "created_at")
    list_filter = (OwnOrganizationFilter, "status")
    list_select_related = ("org",)
    search_fields = ("name", "python_module", "category")
    ordering = ("name", "id")
    fields = ("name", "category", "python_module", "endpoint", "config", "status", "org")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.fields, "reason") if self.may_write(request, obj) else self.fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("org",) if obj is not None else ()  # a module never changes hands

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """With a version of its config; what the gateway wrote since the last is one, too."""
        if not self.may_write(request, obj):
            raise ValidationError("You may not change modules of that organization.")
        with transaction.atomic():
            if change:
                config_recording.hold(obj.pk)
            super().save_model(request, obj, form, change)
            by = request.user.get_username()
            config_recording.record(fetch, obj.pk, author=by, reason=self.reason(form))
