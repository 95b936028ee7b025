"""Which executions a list shows, and what it says of each. Called by `listing_views`.

A list is sorted by one time of one table, so that one index gives its pages. That of the shared row
as a rule, because the gateway's own rows have no other; that of the run where a filter asks for
something that only runs have.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.db.models.functions import Left
from pydantic import Field

from executions.models import ModuleExecution, Run
from modules.lookup import find_id
from modules.models import Module
from platform_agents.listing import ListQuery, Moment, page

SHORT = 300
"""Characters of an error that a list shows."""

M = TypeVar("M", bound=Model)
Text = Annotated[str, Field(min_length=1, max_length=255)]


class ExecutionsQuery(ListQuery):
    module_id: Text | None = None
    task_id: Text | None = None
    status: Literal["pending", "running", "completed", "failed"] | None = None
    outcome: Run.Outcome | None = None
    state: Run.State | None = None
    origin: Run.Origin | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """error: its first characters. run is None for a row of the gateway that was never submitted;
    module_name, when the gateway let the row name another organization's module."""

    execution: ModuleExecution
    error: str | None
    run: Run | None
    module_name: str | None


def executions(org_id: str, wanted: ExecutionsQuery) -> tuple[list[Entry], str | None]:
    """A page, newest first, and the cursor of the next. Raises InvalidQuery, and ModuleError for a
    module_id that POST /execute would not understand either."""
    module_id = find_id(org_id, wanted.module_id) if wanted.module_id else None
    of_module = {"module_id": module_id} if module_id else {}
    shared = ModuleExecution.objects.for_org(org_id).filter(
        **of_module, **_given(status=wanted.status, task_id=wanted.task_id)
    )
    of_runs = _given(state=wanted.state, outcome=wanted.outcome, origin=wanted.origin)
    if of_runs:
        runs = Run.objects.for_org(org_id).filter(**of_module, **of_runs)
        runs = runs.filter(Exists(shared.filter(id=OuterRef("execution_id"))))
        found, following = _page(runs.only("execution_id", "queued_at"), wanted, by="queued_at")
        return _entries(org_id, [run.execution_id for run in found]), following
    rows, following = _page(shared.only("id", "started_at"), wanted, by="started_at")
    return _entries(org_id, [row.id for row in rows]), following


def _given(**wanted: Any) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if value is not None}


def _page(rows: QuerySet[M], wanted: ExecutionsQuery, *, by: str) -> tuple[list[M], str | None]:
    bounds = _given(**{f"{by}__gt": wanted.created_after, f"{by}__lt": wanted.created_before})
    return page(rows.filter(**bounds), by=by, after=wanted.cursor, limit=wanted.limit)


def _entries(org_id: str, ids: list[str]) -> list[Entry]:
    """In this order. What was deleted meanwhile is left out."""
    rows = ModuleExecution.objects.for_org(org_id).filter(id__in=ids)
    found = rows.defer("input", "output", "error").annotate(short=Left("error", SHORT + 1))
    executions = {row.id: row for row in found}
    runs = Run.objects.for_org(org_id).in_bulk(ids)
    modules = Module.objects.for_org(org_id).filter(id__in={row.module_id for row in found})
    names = dict(modules.values_list("id", "name"))
    return [
        Entry(
            execution=row, error=row.short, run=runs.get(row.id),
            module_name=names.get(row.module_id),
        )
        for row in (executions[id_] for id_ in ids if id_ in executions)
    ]  # fmt: skip
