"""Two addresses below a module's page: its config's history, and going back to a version.

Mixed into ModuleAdmin. A module that the user may not see is answered as a missing one is.
"""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from agents.validation import readable
from modules.config_history import history, restore
from modules.errors import InvalidModuleConfig, ModuleError
from modules.models import Module
from platform_agents.tenancy.admin_scope import OrgScopedAdmin
from platform_agents.tenancy.audit import address_of

_NUMBER_DIGITS = 9


class ConfigHistoryAdmin(OrgScopedAdmin):
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/config/",
                wrap(self.config_view),
                name="modules_module_config",
            ),
            path(
                "<path:object_id>/config/<int:version>/restore/",
                wrap(self.restore_view),
                name="modules_module_restore",
            ),
            *super().get_urls(),
        ]

    def page_context(self, request: HttpRequest, module: Module, tab: str) -> dict[str, Any]:
        """What the page above adds to each of a module's tabs."""
        return {}

    def config_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        module = self._module(request, object_id)
        if module is None:
            return self._missing(request, object_id)
        entries = history(module.org_id, module.id, below=_number(request.GET.get("below")))
        last = entries[-1].version.version if entries else 1
        context = {
            **self.admin_site.each_context(request),
            "title": module.name,
            "opts": self.opts,
            "module": module,
            "entries": entries,
            "older": last if last > 1 else None,
            "may_restore": self.may_write(request, module),
            **self.page_context(request, module, "history"),
        }
        return TemplateResponse(request, "admin/modules/module/config_history.html", context)

    @method_decorator(require_POST)
    def restore_view(self, request: HttpRequest, object_id: str, version: int) -> HttpResponse:
        module = self._module(request, object_id)
        if module is None:
            return self._missing(request, object_id)
        if not self.may_write(request, module):
            raise PermissionDenied
        self._restore(request, module, version)
        return HttpResponseRedirect(reverse("admin:modules_module_config", args=[module.pk]))

    def _restore(self, request: HttpRequest, module: Module, version: int) -> None:
        by, address = request.user.get_username(), address_of(request)
        try:
            new = restore(module.org_id, module.id, version=version, by=by, address=address)
        except InvalidModuleConfig as error:
            messages.error(request, f"{error} {readable(error.errors)}")
        except ModuleError as error:
            messages.error(request, str(error))
        else:
            if new is None:
                messages.info(request, f"The module is as in version {version} already.")
            else:
                messages.success(request, f"Version {version} was restored, as version {new}.")

    def _module(self, request: HttpRequest, object_id: str) -> Module | None:
        module: Any = self.get_object(request, unquote(object_id))
        return module if module and self.has_view_permission(request, module) else None

    def _missing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        redirect: Any = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return redirect  # type: ignore[no-any-return]


def _number(text: str | None) -> int | None:
    """A version's number in the address; anything else is as if there were none."""
    digits = text or ""
    ok = digits.isascii() and digits.isdecimal() and len(digits) <= _NUMBER_DIGITS
    return int(digits) if ok else None
