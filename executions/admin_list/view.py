"""`ExecutionList`: the list of executions, mixed into their page in the admin.

Django's own list counts, and turns pages by OFFSET; neither is left here. Beside it: `changes`, for
the script that keeps the rows live. Exports and bulk actions are mixins of their own.
"""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from executions.admin_list.asking import NEWER, OLDER, Asking, asking
from executions.admin_list.bulk_view import BulkAdmin
from executions.admin_list.entries import Entry
from executions.admin_list.export_view import ExportAdmin
from executions.admin_list.keyset import Page, first
from executions.admin_list.patience import TooSlow
from platform_agents.tenancy.admin_scope import writable_org_ids

PAGE = 50
LIST = "admin:executions_moduleexecution_changelist"
_OF_DJANGO = frozenset({"o", "p", "all", "e"})
"""Parameters of Django's lists that mean nothing here and do no harm."""
_MOST_FEEDS = 5
_NOTHING = Page(moments={})
_TIMES = {"started_at": "Started", "queued_at": "Queued", "finished_at": "Ended"}
_ROW = "admin/execution_list/row.html"


class ExecutionList(BulkAdmin, ExportAdmin):
    when_empty = "Run a module, or let the platform send one: each execution appears here at once."

    def get_urls(self) -> list[URLPattern]:
        changes = self.admin_site.admin_view(self.changes_view)
        name = "executions_moduleexecution_changes"
        return [path("changes/", changes, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = asking(request, request.GET, self.get_queryset(request))
        if request.method != "GET" or _unknown(asked):
            return HttpResponseRedirect("?e=1")
        try:
            page, slow = asked.page(PAGE), False
        except TooSlow:
            page, slow = _NOTHING, True
        context = {**self._chrome(request, asked), **_listed(asked, page), "slow": slow}
        return TemplateResponse(request, "admin/execution_list/list.html", context)

    def changes_view(self, request: HttpRequest) -> JsonResponse:
        """`ids`: rows as they are now, as HTML. `newest`: how many are newer than that place."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = asking(request, request.GET, self.get_queryset(request))
        ids = [one for one in request.GET.get("ids", "").split(",") if one and "\x00" not in one]
        rows = self._rows(request, asked, ids[:PAGE])
        place = asked.place("newest")
        try:
            newer = len(asked.newer_than(place, PAGE)) if place else 0
        except TooSlow:
            newer = 0
        return JsonResponse({"rows": rows, "newer": newer, "most": PAGE})

    def _rows(self, request: HttpRequest, asked: Asking, ids: list[str]) -> dict[str, str]:
        """Each says its own moment: the place in the list stays what it was."""
        found = asked.rows.filter(id__in=ids).order_by().values_list("id", "started_at")
        shown = self._shown(request, asked)
        return {
            entry.id: render_to_string(_ROW, {"entry": entry, **shown}, request)
            for entry in asked.entries(Page(moments=dict(found)))
        }

    def _chrome(self, request: HttpRequest, asked: Asking) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            **self._shown(request, asked),
            "title": "Executions",
            "opts": self.opts,
            "form": asked.form,
            "filters": asked.filters,
            "own_filters": asked.form.in_use,
            "when_empty": self.when_empty,
        }

    def _shown(self, request: HttpRequest, asked: Asking) -> dict[str, Any]:
        return {
            "with_org": asked.org_ids is None or len(asked.org_ids) > 1,
            "may_write": writable_org_ids(request) != [],
        }


def _unknown(asked: Asking) -> bool:
    """A filter that is not understood would list everything."""
    return bool(set(asked.given) - set(asked.form.fields) - {OLDER, NEWER, *_OF_DJANGO})


def _listed(asked: Asking, page: Page) -> dict[str, Any]:
    found = asked.entries(page)
    newest = first(asked.piles, page)
    return {
        "entries": found,
        "newest": "" if page.newer or newest is None else str(newest),
        "newer": _turn(asked, NEWER, page.newer),
        "older": _turn(asked, OLDER, page.older),
        "first": f"?{asked.filters}" if page.newer else "",
        "ordered_by": _TIMES[asked.piles.by],
        "feeds": ",".join(_feeds(asked, found)),
    }


def _turn(asked: Asking, name: str, place: Any) -> str:
    return f"?{'&'.join(filter(None, (asked.filters, urlencode({name: place}))))}" if place else ""


def _feeds(asked: Asking, found: list[Entry]) -> list[str]:
    """Organizations to listen to: all of a few, else those that the page shows."""
    if asked.org_ids is not None and len(asked.org_ids) <= _MOST_FEEDS:
        return asked.org_ids
    return list(dict.fromkeys(entry.org_id for entry in found))[:_MOST_FEEDS]
