"""The jump box (Ctrl+K): pages by title, modules by name, an execution by its id.

Rows come from the querysets of their own pages, so that nobody finds what they may not see, and
nothing is kept between requests.
"""

from collections.abc import Iterator
from itertools import islice

from django.apps import apps
from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.dataclasses import SearchResult

from platform_agents.operators.navigation import sidebar

_MOST = 20
_LONGEST = 200
_TEMPLATE = "unfold/helpers/command_results.html"


def jump(request: HttpRequest) -> TemplateResponse:
    text = request.GET.get("s", "").strip()[:_LONGEST]
    found = list(islice(_found(request, text), _MOST)) if text else []
    pages = Paginator(found, _MOST)
    return TemplateResponse(request, _TEMPLATE, {
        "results": pages.page(1), "page_obj": pages, "page_counter": 0, "execution_time": 0,
    }, headers={"HX-Trigger": "search"})  # fmt: skip


def _found(request: HttpRequest, text: str) -> Iterator[SearchResult]:
    for section in sidebar(request):
        for item in section["items"]:
            if text.lower() in item["title"].lower():
                yield SearchResult(item["title"], section["title"], item["link"], item["icon"])
    yield from _rows(request, "modules.module", {"name__icontains": text}, "widgets")
    yield from _rows(request, "executions.moduleexecution", {"pk": text}, "play_circle")


def _rows(
    request: HttpRequest, label: str, wanted: dict[str, str], icon: str
) -> Iterator[SearchResult]:
    model = apps.get_model(label)
    page = admin.site._registry[model]
    address = f"admin:{label.replace('.', '_')}_change"
    for row in page.get_queryset(request).filter(**wanted)[:_MOST]:
        title = str(model._meta.verbose_name)
        yield SearchResult(str(row), title, reverse(address, args=[row.pk]), icon)
