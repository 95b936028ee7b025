"""The page of a module: which agent runs it, with which config, in which state.

The base of the page: whoever knows how modules ran (`executions.admin_modules`) adds to it and
registers it.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from modules import config_recording, masking
from modules.config_field import agent_or_none
from modules.history_admin import ConfigHistoryAdmin
from modules.models import Module
from modules.module_form import ModuleForm
from platform_agents.postgres.prepared import fetch
from platform_agents.tenancy.json_display import json_block


class ModuleAdmin(ConfigHistoryAdmin):
    form = ModuleForm
    search_fields = ("name", "python_module", "category")
    ordering = ("name", "id")
    fields = ("name", "category", "python_module", "endpoint", "config", "status", "org")
    when_empty = "Add one here, or let the gateway make it: a module names an agent and its config."

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if self.may_write(request, obj):
            return (*self.fields, "reason")
        return tuple("config_shown" if name == "config" else name for name in self.fields)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("org",) if obj is not None else ()  # a module never changes hands

    @admin.display(description="config")
    def config_shown(self, module: Module) -> str:
        agent = agent_or_none(module.python_module, module.endpoint)
        return json_block(masking.shown(module.config, agent.cls.Config if agent else None))

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
