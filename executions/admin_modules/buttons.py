"""The buttons above a module: one POST each, then its page. Mixed into `page.ModulePages`."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from executions import switches
from executions.targets import of_module
from modules import deeds
from modules.circuit import reset_circuit
from modules.errors import ModuleError
from modules.models import Module
from modules.module_admin import ModuleAdmin
from platform_agents.tenancy.audit import address_of

_LONGEST_REASON = 500

Deed = Callable[[Module, str, str, str], str | Module]
"""(module, by, address, reason) -> what to say, or the module to go to."""


def _activate(module: Module, by: str, address: str, reason: str) -> str:
    changed = deeds.set_status(module, Module.ACTIVE, by=by, address=address)
    return "The module is active: calls are accepted." if changed else "It was active already."


def _deactivate(module: Module, by: str, address: str, reason: str) -> str:
    changed = deeds.set_status(module, Module.INACTIVE, by=by, address=address)
    return "The module is inactive: calls are refused." if changed else "It was inactive already."


def _pause(module: Module, by: str, address: str, reason: str) -> str:
    switches.pause(of_module(module), reason=reason, by=by, address=address)
    return "The module is paused: calls are accepted and wait."


def _resume(module: Module, by: str, address: str, reason: str) -> str:
    resumed = switches.resume(of_module(module), by=by, address=address)
    return "The module goes on." if resumed else "It was not paused."


def _reset(module: Module, by: str, address: str, reason: str) -> str:
    reset_circuit(org_id=module.org_id, module_id=module.pk, by=by, address=address)
    return "Failures are counted anew, and the module is active."


def _duplicate(module: Module, by: str, address: str, reason: str) -> Module:
    return deeds.duplicate(module, by=by, address=address)


DEEDS: dict[str, Deed] = {
    "activate": _activate, "deactivate": _deactivate, "pause": _pause, "resume": _resume,
    "reset": _reset, "duplicate": _duplicate,
}  # fmt: skip


class ModuleButtons(ModuleAdmin):
    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                f"<path:object_id>/{name}/", self.admin_site.admin_view(self.deed_view),
                {"deed": name}, name=f"module_{name}",
            )
            for name in DEEDS
        ] + super().get_urls()  # fmt: skip

    @method_decorator(require_POST)
    def deed_view(self, request: HttpRequest, object_id: str, deed: str) -> HttpResponse:
        module = self._module(request, object_id)
        if module is None:
            return self._missing(request, object_id)
        if not self.may_write(request, module):
            raise PermissionDenied
        return HttpResponseRedirect(
            reverse("admin:modules_module_change", args=[quote(self._done(request, module, deed))])
        )

    def _done(self, request: HttpRequest, module: Module, deed: str) -> Any:
        """The id of the module to go to."""
        reason = request.POST.get("reason", "").strip()[:_LONGEST_REASON]
        try:
            said = DEEDS[deed](module, request.user.get_username(), address_of(request), reason)
        except ModuleError as error:
            messages.error(request, str(error))
            return module.pk
        if isinstance(said, str):
            messages.success(request, said)
            return module.pk
        messages.success(request, "This is the copy. Change it, then activate it.")
        return said.pk
