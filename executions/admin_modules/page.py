"""The page of modules that is registered: `modules.module_admin` and what runs add to it."""

from django.contrib import admin

from executions.admin_modules.bulk import BulkDeeds
from executions.admin_modules.buttons import ModuleButtons
from executions.admin_modules.listing import ModuleList
from executions.admin_modules.policy_tab import PolicyTab
from executions.admin_modules.related_tabs import RelatedTabs
from executions.admin_modules.run_now import RunNow
from modules.models import Module


@admin.register(Module)
class ModulePages(ModuleList, BulkDeeds, ModuleButtons, PolicyTab, RelatedTabs, RunNow):
    pass
