"""What the list says of each execution. Reads the rows of one page: a handful of queries, however
many rows. Never input or output: they may be megabytes."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet
from django.db.models.functions import Left, Now

from executions.admin_list import people
from executions.admin_list.status import Status, status_of
from executions.models import ModuleExecution, Run
from modules.models import Module
from platform_agents.tenancy.models import Organization

_ERROR = 300
_FOREIGN = "(of another organization)"
ORIGINS = {
    "api": "API", "admin": "By hand", "schedule": "Schedule", "workflow": "Workflow",
    "retry": "Retry",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Entry:
    """at: the moment that the list is ordered by. took_s: until now, while it runs."""

    id: str
    org_id: str
    org: str
    module: str
    agent: str
    status: Status
    origin: str
    who: str
    at: dt.datetime
    took_s: float | None
    error: str
    task_id: str | None
    execution: ModuleExecution
    run: Run | None

    @property
    def error_line(self) -> str:
        return self.error.strip().partition("\n")[0]


def entries(rows: QuerySet[ModuleExecution], moments: dict[str, dt.datetime]) -> list[Entry]:
    """In the order of `moments`. rows: what may be seen; what is not among them is left out, as is
    what was deleted meanwhile."""
    found = rows.filter(id__in=list(moments)).defer("input", "output", "error").order_by()
    short = {row.id: row for row in found.annotate(short=Left("error", _ERROR), moment=Now())}
    read = _Read(list(short.values()))
    return [read.entry(short[id_], at) for id_, at in moments.items() if id_ in short]


class _Read:
    """What belongs to executions, read for all of them at once, each in its own organization."""

    def __init__(self, executions: list[ModuleExecution]) -> None:
        orgs = {row.org_id for row in executions}
        modules = Module.objects.for_orgs(orgs).filter(id__in={row.module_id for row in executions})
        self.modules = {(m.org_id, m.id): m for m in modules.defer("config")}
        self.orgs = dict(Organization.objects.for_orgs(orgs).values_list("id", "name"))
        runs = Run.objects.for_orgs(orgs).filter(execution_id__in=[row.id for row in executions])
        self.runs = {(run.org_id, run.execution_id): run for run in runs.defer("usage")}
        self.names = people.names(self.runs.values())

    def entry(self, row: ModuleExecution, at: dt.datetime) -> Entry:
        run = self.runs.get((row.org_id, row.id))
        module = self.modules.get((row.org_id, row.module_id))
        agent = run.agent if run else module.python_module if module else ""
        return Entry(
            id=row.id, org_id=row.org_id, org=self.orgs.get(row.org_id, ""),
            module=module.name if module else _FOREIGN, agent=agent,
            status=status_of(row, run), origin=ORIGINS.get(run.origin, run.origin) if run else "–",
            who=people.who(run, self.names), at=at, took_s=_took(row, run),
            error=getattr(row, "short", None) or "", task_id=row.task_id, execution=row, run=run,
        )  # fmt: skip


def _took(row: ModuleExecution, run: Run | None) -> float | None:
    """From the claim of the last attempt, as the filter by duration has it."""
    if run is None:
        begin, end = row.started_at, row.completed_at
    else:
        begin, end = run.claimed_at, run.finished_at
        if run.state == Run.State.RUNNING:
            end = getattr(row, "moment", None)
    return max((end - begin).total_seconds(), 0) if begin and end else None
