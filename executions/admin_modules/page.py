"""The page of modules that is registered: `modules.module_admin` and what runs add to it."""

from django.contrib import admin

from modules.models import Module
from modules.module_admin import ModuleAdmin


@admin.register(Module)
class ModulePages(ModuleAdmin):
    list_display = ("name", "org", "python_module", "category", "status", "created_at")
