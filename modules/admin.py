"""Policies, circuits and schedules of modules in the operators' admin. The modules themselves are
registered by `executions.admin_modules`, which knows how they ran."""

from django.contrib import admin

from modules import admin_policy  # noqa: F401 (registers its pages)
from modules.models import ModuleSchedule
from modules.schedule_admin import ScheduleAdmin

admin.site.register(ModuleSchedule, ScheduleAdmin)
