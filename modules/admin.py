"""Policies, circuits, schedules and webhooks of modules in the operators' admin. The modules
themselves are registered by `executions.admin_modules`, which knows how they ran."""

from django.contrib import admin

from modules import admin_policy  # noqa: F401 (registers its pages)
from modules.models import ModuleSchedule, ModuleWebhook
from modules.schedule_admin import ScheduleAdmin
from modules.webhook_admin import WebhookAdmin

admin.site.register(ModuleSchedule, ScheduleAdmin)
admin.site.register(ModuleWebhook, WebhookAdmin)
