"""Which modules a list shows. Called by `api_views`."""

from typing import Annotated, Literal

from django.db.models import Q
from pydantic import Field

from modules import registry
from modules.errors import UnknownAgent
from modules.models import Module
from platform_agents.listing import InvalidQuery, ListQuery, page

Text = Annotated[str, Field(min_length=1, max_length=255)]


class ModulesQuery(ListQuery):
    status: Literal["active", "inactive", "error"] | None = None
    category: Text | None = None
    agent: Text | None = None


def modules(org_id: str, wanted: ModulesQuery) -> tuple[list[Module], str | None]:
    """A page, newest first, and the cursor of the next. Raises InvalidQuery."""
    rows = Module.objects.for_org(org_id)
    if wanted.status is not None:
        rows = rows.filter(status=wanted.status)
    if wanted.category is not None:
        rows = rows.filter(category=wanted.category)
    if wanted.agent is not None:
        rows = rows.filter(_run_by(wanted.agent))
    return page(rows, by="created_at", after=wanted.cursor, limit=wanted.limit)


def _run_by(name: str) -> Q:
    """What `registry.agent_of` would say, as a condition."""
    try:
        agent = registry.find(name)
    except UnknownAgent as error:
        raise InvalidQuery({"agent": [f"No such agent. {error}"]}) from error
    named = Q(python_module__in=registry.references_to(agent))
    elsewhere = Q(endpoint__regex=r"\S")
    return named | elsewhere if agent.name == registry.REMOTE else named & ~elsewhere
