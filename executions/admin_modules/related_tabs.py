"""Schedules and webhooks of a module, as tabs of its page: what their own lists show of them, and
the ways to their pages. Mixed into `page.ModulePages`."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import display_for_value, label_for_field, lookup_field, quote
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from executions.admin_modules.header import ModuleHeader
from executions.admin_modules.tabs import RELATED
from modules.models import Module

_MOST = 100
_OF_THE_MODULE = {"module_name", "module_id"}
_EMPTY = "–"


class RelatedTabs(ModuleHeader):
    def get_urls(self) -> list[URLPattern]:
        return [
            path(f"<path:object_id>/{tab}/", self.admin_site.admin_view(self.related_view),
                 {"tab": tab}, name=f"module_{tab}")
            for tab, page in RELATED.items() if _registered(page)
        ] + super().get_urls()  # fmt: skip

    def related_view(self, request: HttpRequest, object_id: str, tab: str) -> HttpResponse:
        module = self._module(request, object_id)
        page = _registered(RELATED[tab])
        if module is None or page is None:
            return self._missing(request, object_id)
        names = [name for name in page.get_list_display(request) if name not in _OF_THE_MODULE]
        adds = self.may_write(request, module) and page.has_add_permission(request)
        return TemplateResponse(request, "admin/module_pages/related.html", {
            **self.admin_site.each_context(request), "title": module.name, "opts": self.opts,
            "labels": [label_for_field(name, page.model, page) for name in names],
            "rows": [_row(page, row, names) for row in _rows(page, request, module)],
            "what": page.opts.verbose_name, "whats": page.opts.verbose_name_plural,
            "add": _add(RELATED[tab], module) if adds else "",
            **self.page_context(request, module, tab),
        })  # fmt: skip


def _registered(page: str) -> Any:
    for model, found in admin.site._registry.items():
        if page == f"{model._meta.app_label}_{model._meta.model_name}":
            return found
    return None


def _rows(page: Any, request: HttpRequest, module: Module) -> Any:
    rows = page.get_queryset(request)
    return rows.filter(module_id=module.pk, org_id=module.org_id)[:_MOST]


def _add(page: str, module: Module) -> str:
    return f"{reverse(f'admin:{page}_add')}?{urlencode({'module': module.pk})}"


def _row(page: Any, row: Any, names: list[str]) -> dict[str, Any]:
    link = reverse(
        f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[quote(row.pk)]
    )
    return {"link": link, "cells": [_cell(page, row, name) for name in names]}


def _cell(page: Any, row: Any, name: str) -> Any:
    field, _, value = lookup_field(name, row, page)
    boolean = field is not None and field.get_internal_type() == "BooleanField"
    if boolean:
        return "Yes" if value else "No"
    return display_for_value(value, _EMPTY)
