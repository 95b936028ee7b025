"""What may be done with the modules that are ticked in the list. Mixed into `page.ModulePages`.

Rows of organizations that the user may only look at are left alone, and counted."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from executions import switches
from executions.targets import of_module
from modules import deeds
from modules.models import Module
from modules.module_admin import ModuleAdmin
from platform_agents.tenancy.audit import address_of

Deed = Callable[[Module], Any]
_PAUSED_IN_THE_LIST = "Paused in the list of modules."


class BulkDeeds(ModuleAdmin):
    actions = ("activate", "deactivate", "pause", "resume", "duplicate")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request)

    @admin.action(description="Activate", permissions=["operate"])
    def activate(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        who = _who(request)
        self._each(request, rows, "activated",
                   lambda module: deeds.set_status(module, Module.ACTIVE, **who))  # fmt: skip

    @admin.action(description="Deactivate: calls are refused", permissions=["operate"])
    def deactivate(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        who = _who(request)
        self._each(request, rows, "deactivated",
                   lambda module: deeds.set_status(module, Module.INACTIVE, **who))  # fmt: skip

    @admin.action(description="Pause: calls wait", permissions=["operate"])
    def pause(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        who = _who(request)

        def pause(module: Module) -> bool:
            switches.pause(of_module(module), reason=_PAUSED_IN_THE_LIST, **who)
            return True

        self._each(request, rows.filter(is_paused=False), "paused", pause)

    @admin.action(description="Resume", permissions=["operate"])
    def resume(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        who = _who(request)
        self._each(request, rows, "resumed",
                   lambda module: switches.resume(of_module(module), **who))  # fmt: skip

    @admin.action(description="Duplicate", permissions=["operate"])
    def duplicate(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        who = _who(request)
        self._each(request, rows, "duplicated; the copies are inactive",
                   lambda module: deeds.duplicate(module, **who))  # fmt: skip

    def _each(self, request: HttpRequest, rows: QuerySet[Any], done: str, deed: Deed) -> None:
        modules = list(rows)
        mine = [module for module in modules if self.may_write(request, module)]
        changed = sum(bool(deed(module)) for module in mine)
        said = f"{changed} module{'' if changed == 1 else 's'} {done}."
        if foreign := len(modules) - len(mine):
            said += f" {foreign} left alone: you may only look at those."
        self.message_user(request, said, messages.SUCCESS if changed else messages.INFO)


def _who(request: HttpRequest) -> dict[str, str]:
    return {"by": request.user.get_username(), "address": address_of(request)}
