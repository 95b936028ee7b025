"""Choosing the organization whose rows are shown: for members of several, and for superusers, who
search for one. The choice is kept in the session; `tenancy.access` narrows everything to it.

A choice is never a permission: a membership that goes takes what was chosen along.
"""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from platform_agents.tenancy.access import CHOSEN, Access, access
from platform_agents.tenancy.models import Organization

_SHOWN = 50
_LONGEST_SEARCH = 200


def choose_organization(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """GET: what may be chosen. POST `organization`: that one; empty: all again."""
    offered = _offered(access(request))
    if request.method == "POST":
        return _choose(request, offered, request.POST.get("organization", ""))
    search = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
    rows = list((offered.filter(name__icontains=search) if search else offered)[: _SHOWN + 1])
    return TemplateResponse(request, "operators/organizations.html", {
        **context, "title": "Choose an organization", "search": search,
        "organizations": rows[:_SHOWN], "more": len(rows) > _SHOWN,
    })  # fmt: skip


def scope(request: HttpRequest) -> str:
    """Whose rows the pages show, in words."""
    mine = access(request)
    if mine.chosen is None and mine.superuser:
        return "All organizations"
    if mine.chosen is None and len(mine.roles) != 1:
        return f"All mine ({len(mine.roles)})" if mine.roles else "No organization"
    org_id = mine.chosen or next(iter(mine.roles))
    org = _offered(mine).filter(pk=org_id).first()
    return "Not yours any more: choose" if org is None else org.name


def _offered(mine: Access) -> QuerySet[Organization]:
    if mine.superuser:
        rows = Organization.objects.unscoped("a superuser may look at each organization")
    else:
        rows = Organization.objects.for_orgs(mine.roles)
    return rows.order_by("name", "id")


def _choose(request: HttpRequest, offered: QuerySet[Organization], org_id: str) -> HttpResponseBase:
    if not org_id:
        request.session.pop(CHOSEN, None)
        return redirect("admin:index")
    org = None if "\x00" in org_id else offered.filter(pk=org_id).first()
    if org is None:
        messages.error(request, "There is no such organization among yours.")
        return redirect("admin:choose_organization")
    request.session[CHOSEN] = org.pk
    return redirect("admin:index")
