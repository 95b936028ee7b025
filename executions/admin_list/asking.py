"""From an address to rows: what the signed-in person asks for, of what they may see."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from executions.admin_list import keyset
from executions.admin_list.entries import Entry, entries
from executions.admin_list.filters import FilterForm
from executions.admin_list.keyset import Page
from executions.admin_list.patience import limited
from executions.admin_list.piles import Piles, piles
from executions.models import ModuleExecution
from modules.models import Module
from platform_agents.listing.cursor import Position
from platform_agents.tenancy.admin_scope import visible_org_ids

OLDER, NEWER = "older", "newer"
_ALL = "a superuser sees all organizations"


@dataclass(frozen=True, kw_only=True)
class Asking:
    """given: the parameters; rows: what may be seen."""

    given: QueryDict
    rows: QuerySet[ModuleExecution]
    org_ids: list[str] | None

    @cached_property
    def form(self) -> FilterForm:
        modules = Module.objects
        mine = modules.unscoped(_ALL) if self.org_ids is None else modules.for_orgs(self.org_ids)
        return FilterForm(self.given, modules=mine)

    @cached_property
    def piles(self) -> Piles:
        """None of a form that is not valid."""
        if not self.form.is_valid():
            return Piles(rows=[], by="started_at", key="id")
        return piles(self.org_ids, self.form.wanted())

    def page(self, size: int) -> Page:
        """The one that the address asks for; the first, when it asks for what is no place here.
        Raises TooSlow."""
        before, behind = self.place(NEWER), self.place(OLDER)
        with limited():
            if before is not None:
                page = keyset.newer(self.piles, than=before, size=size)
                if page.newer is not None:
                    return page
                behind = None  # there is no full page: the first one begins with these
            return keyset.older(self.piles, than=behind, size=size)

    def newer_than(self, place: Position, most: int) -> list[str]:
        with limited():
            return keyset.newer(self.piles, than=place, size=most).ids

    def entries(self, page: Page) -> list[Entry]:
        return entries(self.rows, page.moments)

    def place(self, name: str) -> Position | None:
        text = self.given.get(name, "")
        try:
            place = Position.parse(text) if text else None
        except ValueError:
            return None
        return place if place and place.order == self.piles.by and "\x00" not in place.id else None

    @property
    def filters(self) -> str:
        """The address's filters, without the place in the list."""
        kept = self.given.copy()
        for name in [name for name in kept if name not in self.form.fields or not kept[name]]:
            del kept[name]
        return kept.urlencode()


def asking(request: HttpRequest, given: QueryDict, rows: Any) -> Asking:
    return Asking(given=given, rows=rows, org_ids=visible_org_ids(request))
