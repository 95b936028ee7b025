"""`BulkAdmin`: from the list to a page that says exactly what would be hit, and then to it."""

import re
import secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from executions.admin_list.asking import Asking, asking
from executions.admin_list.bulk import MOST, Deed, Done, Plan, carry_out, plan
from executions.admin_list.keyset import Page
from executions.admin_list.patience import TooSlow
from executions.again import Config
from platform_agents.tenancy.admin_scope import OrgScopedAdmin, writable_org_ids

_TOKEN = re.compile(r"[0-9a-f]{32}")
_PAST = {Deed.CANCEL: "cancelled", Deed.RETRY: "started again"}
_MOST_REASONS = 5


class BulkAdmin(OrgScopedAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.bulk_view)
        return [
            path("bulk/", view, name="executions_moduleexecution_bulk"),
            *super().get_urls(),
        ]

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """POST `deed`, with `filters` and either `all` or `execution` as often as wanted: the
        preview. With `confirmed` and `ids`, which the preview has in it: the deed."""
        if request.method == "POST" and writable_org_ids(request) == []:
            raise PermissionDenied
        deed = request.POST.get("deed", "")
        if request.method != "POST" or deed not in Deed.values:
            return HttpResponseRedirect(_list(""))
        filters = request.POST.get("filters", "")
        asked = asking(request, QueryDict(filters), self.get_queryset(request))
        if request.POST.get("confirmed"):
            return self._carry_out(request, asked, Deed(deed))
        return self._preview(request, asked, Deed(deed))

    def _preview(self, request: HttpRequest, asked: Asking, deed: Deed) -> HttpResponse:
        try:
            page = asked.page(MOST) if request.POST.get("all") else _picked(request, asked)
        except TooSlow:
            messages.error(request, "That takes too long to find. Narrow the time range first.")
            return HttpResponseRedirect(_list(asked.filters))
        if not page.moments:
            messages.warning(request, "Nothing was chosen. Tick some executions first.")
            return HttpResponseRedirect(_list(asked.filters))
        planned = plan(deed, asked.entries(page), writable=writable_org_ids(request))
        context = {**self.admin_site.each_context(request), **_told(planned, asked),
                   "more": page.older is not None}  # fmt: skip
        return TemplateResponse(request, "admin/execution_list/preview.html", context)

    def _carry_out(self, request: HttpRequest, asked: Asking, deed: Deed) -> HttpResponse:
        token = request.POST.get("token", "")
        if not _TOKEN.fullmatch(token):
            return HttpResponseRedirect(_list(asked.filters))
        page = _found(asked, request.POST.get("ids", "").split(","))
        planned = plan(deed, asked.entries(page), writable=writable_org_ids(request))
        config: Config = "same" if request.POST.get("config") == "same" else "current"
        done = carry_out(planned, request, token=token, config=config)
        _tell(request, deed, done, planned)
        return HttpResponseRedirect(_list(asked.filters))


def _list(filters: str) -> str:
    where = reverse("admin:executions_moduleexecution_changelist")
    return f"{where}?{filters}" if filters else where


def _picked(request: HttpRequest, asked: Asking) -> Page:
    return _found(asked, request.POST.getlist("execution"))


def _found(asked: Asking, ids: list[str]) -> Page:
    """Of these what may be seen, newest first."""
    given = [one for one in ids if one and "\x00" not in one][:MOST]
    rows = asked.rows.filter(id__in=given).order_by("-started_at", "-id")
    return Page(moments=dict(rows.values_list("id", "started_at")))


def _told(planned: Plan, asked: Asking) -> dict[str, Any]:
    verb = "Cancel" if planned.deed == Deed.CANCEL else "Run again"
    return {
        "title": f"{verb}: {len(planned.hit):,} executions" if len(planned.hit) != 1
        else f"{verb}: one execution",
        "verb": verb, "plan": planned, "filters": asked.filters, "back": _list(asked.filters),
        "ids": ",".join(entry.id for entry in planned.hit), "most": MOST,
        "token": secrets.token_hex(16), "retrying": planned.deed == Deed.RETRY,
    }  # fmt: skip


def _tell(request: HttpRequest, deed: Deed, done: Done, planned: Plan) -> None:
    if done.done:
        messages.success(request, f"{done.done:,} {_PAST[deed]}.")
    refused = {**planned.left_out, **done.refused}
    for why, times in list(refused.items())[:_MOST_REASONS]:
        messages.warning(request, f"{times:,} not {_PAST[deed]}: {why}")
    if not done.done and not refused:
        messages.warning(request, "None of them is there any more.")
