"""A module's policy, as a tab of its page: the form of `modules.admin_policy`, for this module.

Mixed into `page.ModulePages`."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from executions.admin_modules.header import ModuleHeader
from modules.models import Module, ModulePolicy


class PolicyTab(ModuleHeader):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.policy_view)
        return [path("<path:object_id>/policy/", view, name="module_policy"), *super().get_urls()]

    def policy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        module = self._module(request, object_id)
        if module is None:
            return self._missing(request, object_id)
        writes = self.may_write(request, module)
        if request.method == "POST" and not writes:
            raise PermissionDenied
        form = self._form(request, module)
        if request.method == "POST" and form.is_valid():
            self._save(request, form)
            return HttpResponseRedirect(reverse("admin:module_policy", args=[quote(module.pk)]))
        if not writes:
            for field in form.fields.values():
                field.disabled = True
        return TemplateResponse(request, "admin/module_pages/policy.html", {
            **self.admin_site.each_context(request), "title": module.name, "opts": self.opts,
            "form": form, **self.page_context(request, module, "policy"),
        })  # fmt: skip

    def _form(self, request: HttpRequest, module: Module) -> Any:
        rows = ModulePolicy.objects.for_org(module.org_id).filter(module_id=module.pk)
        policy = rows.first() or ModulePolicy(module_id=module.pk, org_id=module.org_id)
        form: Any = _page().get_form(request, policy, change=not policy._state.adding)
        return form(request.POST if request.method == "POST" else None, instance=policy)

    def _save(self, request: HttpRequest, form: Any) -> None:
        change = not form.instance._state.adding
        policy = form.save(commit=False)
        if form.changed_data:
            _page().save_model(request, policy, form, change)
        messages.success(request, "The policy was saved.")


def _page() -> Any:
    return admin.site._registry[ModulePolicy]
