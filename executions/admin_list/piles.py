"""The rows that are wanted, as piles: querysets that one index each gives newest first.

An index leads to the newest rows of one organization (or module, or result), not of several. So
what several give is asked as one pile each, and `keyset` takes the newest of all. A pile is of the
shared table, which has every execution; of runs, where only runs have what is asked for.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from executions.admin_list.wanted import Wanted
from executions.models import ModuleExecution, Run
from executions.took import STEPS_S, took_step
from modules.models import Module

_MOST_FOUND = 20
_ALL = "a superuser sees all organizations"
Owner = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Piles:
    """by: the time that they are ordered by; key: their ids' column. of_all: of all organizations,
    whose indexes are ordered in a way of their own. few: what is wanted is little, however many
    rows there are; it is read whole and put in order, and not looked for along an index of all."""

    rows: list[QuerySet[Any]]
    by: str
    key: str
    of_all: bool = False
    few: bool = False


def piles(org_ids: list[str] | None, wanted: Wanted) -> Piles:
    """org_ids None: of all organizations."""
    mine = _narrowed(org_ids, wanted.org)
    if wanted.search and _shared({}, mine).filter(id=wanted.search).exists():
        return _of_shared(mine, [{}], wanted, id=wanted.search)
    owners = _owners(mine, wanted)
    if wanted.of_runs and not wanted.task:
        return _of_ended(owners, wanted) if wanted.ended else _of_runs(owners, wanted)
    return _of_shared(mine, owners, wanted)


def _narrowed(org_ids: list[str] | None, org_id: str) -> list[str] | None:
    if not org_id:
        return org_ids
    return [org_id] if org_ids is None or org_id in org_ids else []


def _owners(mine: list[str] | None, wanted: Wanted) -> list[Owner]:
    """Whose rows: modules', where modules are named; else organizations', or everybody's."""
    modules = _modules(mine)
    if wanted.module:
        modules = modules.filter(id=wanted.module)
    if wanted.search:
        modules = modules.filter(name__icontains=wanted.search)
    if wanted.module or wanted.search:
        found = modules.order_by("name", "id").values("org_id", "id")[:_MOST_FOUND]
        return [{"org_id": row["org_id"], "module_id": row["id"]} for row in found]
    return [{}] if mine is None else [{"org_id": org_id} for org_id in mine]


def _modules(mine: list[str] | None) -> QuerySet[Module]:
    return Module.objects.unscoped(_ALL) if mine is None else Module.objects.for_orgs(mine)


def _shared(owner: Owner, mine: list[str] | None = None) -> QuerySet[ModuleExecution]:
    if "org_id" in owner:
        return ModuleExecution.objects.for_org(owner["org_id"]).filter(**owner)
    if mine is not None:
        return ModuleExecution.objects.for_orgs(mine)
    return ModuleExecution.objects.unscoped(_ALL)


def _of_shared(mine: list[str] | None, owners: list[Owner], wanted: Wanted, **more: str) -> Piles:
    if wanted.task:
        more["task_id"] = wanted.task
    rows = [_shared(owner, mine).filter(**more) for owner in owners]
    if not wanted.ended:
        rows = [_between(pile, "started_at", wanted) for pile in rows]
    if wanted.of_runs:
        rows = [pile.filter(Exists(_run_of(wanted))) for pile in rows]
    of_all = owners == [{}] and mine is None
    return Piles(rows=rows, by="started_at", key="id", of_all=of_all)


def _run_of(wanted: Wanted) -> QuerySet[Run]:
    runs = Run.objects.unscoped("the row that it belongs to says whose it is")
    same = runs.filter(execution_id=OuterRef("id"), org_id=OuterRef("org_id"))
    return _ended(_like(same, wanted), wanted) if wanted.ended else _like(same, wanted)


def _like(runs: QuerySet[Run], wanted: Wanted) -> QuerySet[Run]:
    runs = runs.filter(**_plain(wanted))
    if wanted.outcomes:
        runs = runs.filter(outcome__in=wanted.outcomes)
    return runs.alias(step=took_step()).filter(step__gte=wanted.took) if wanted.took else runs


def _ended(runs: QuerySet[Run], wanted: Wanted) -> QuerySet[Run]:
    return _between(runs.filter(state=Run.State.DONE), "finished_at", wanted)


def _of_ended(owners: list[Owner], wanted: Wanted) -> Piles:
    """All that ended in a span of time is read, so what is rare needs no pile of its own. Whether
    it is still in the shared table is left to who reads the rows: asked here, of each, it would
    cost more than the rest."""
    rows = [_ended(_like(_runs(owner, "", None), wanted), wanted) for owner in owners]
    return Piles(rows=rows, by="finished_at", key="execution_id")


def _of_runs(owners: list[Owner], wanted: Wanted) -> Piles:
    steps = range(wanted.took, len(STEPS_S) + 1) if wanted.took else (None,)
    rows = [
        _between(_runs(owner, outcome, step).filter(**_plain(wanted)), "queued_at", wanted)
        for owner, outcome, step in product(owners, wanted.outcomes or ("",), steps)
    ]
    rows = [pile.filter(_in_shared()) for pile in rows]
    few = wanted.state == Run.State.RUNNING  # never more than workers have places
    return Piles(
        rows=rows, by="queued_at", key="execution_id", of_all=owners == [{}] and not few, few=few
    )


def _runs(owner: Owner, outcome: str, step: int | None) -> QuerySet[Run]:
    rows = Run.objects.for_org(owner["org_id"]) if owner else Run.objects.unscoped(_ALL)
    rows = rows.filter(**owner, **({"outcome": outcome} if outcome else {}))
    return rows if step is None else rows.alias(step=took_step()).filter(step=step, step__gte=1)


def _plain(wanted: Wanted) -> dict[str, str]:
    given = {"state": wanted.state, "origin": wanted.origin}
    return {name: value for name, value in given.items() if value}


def _in_shared() -> Exists:
    """What the gateway has deleted is not shown."""
    rows = ModuleExecution.objects.unscoped("the run that it belongs to says whose it is")
    return Exists(rows.filter(id=OuterRef("pk"), org_id=OuterRef("org_id")))


def _between(rows: QuerySet[Any], by: str, wanted: Wanted) -> QuerySet[Any]:
    bounds = {f"{by}__gte": wanted.since, f"{by}__lt": wanted.until}
    return rows.filter(**{name: at for name, at in bounds.items() if at})
