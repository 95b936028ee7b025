"""What a pause or a purge is about, as a superuser's page names it in its address.

A chosen organization (the switcher) narrows it: then "everything" is not offered, and others are
as missing as those that are not there.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.http import urlencode

from executions.admin_overview import names
from executions.targets import EVERYTHING, Target, of_module, of_organization
from modules.models import Module
from platform_agents.tenancy.access import Access
from platform_agents.tenancy.models import Organization


@dataclass(frozen=True, kw_only=True)
class Aim:
    """name: what is typed to confirm. kind: what it is, in words. query: names it in an address."""

    target: Target
    name: str
    kind: str
    query: str

    def __str__(self) -> str:
        return self.name if self.target is EVERYTHING else f"{self.kind} “{self.name}”"


def aim(given: QueryDict, mine: Access) -> Aim:
    """Raises Http404."""
    if module_id := given.get("module"):
        module: Module = _found(names.scoped(Module.objects, mine.visible()), module_id)
        query = urlencode({"module": module.id})
        return Aim(target=of_module(module), name=module.name, kind="the module", query=query)
    org_id = given.get("org") or mine.chosen
    if org_id:
        org: Organization = _found(names.scoped(Organization.objects, mine.visible()), org_id)
        query = urlencode({"org": org.id})
        return Aim(
            target=of_organization(org), name=org.name, kind="the organization", query=query
        )  # fmt: skip
    return Aim(target=EVERYTHING, name="everything", kind="", query="")


def _found(rows: QuerySet[Any], key: str) -> Any:
    row = rows.filter(pk=key).first()
    if row is None:
        raise Http404("There is no such module or organization.")
    return row
