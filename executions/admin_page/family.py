"""Who called an execution, and what it called, and what those called. Called by `reading`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from executions.admin_page import words
from executions.models import Run
from executions.times import seconds_between
from modules.models import Module

_MOST = 200
_DEEPEST = 6


@dataclass(frozen=True, kw_only=True)
class Member:
    """level: 0 for what the execution called itself."""

    execution_id: str
    name: str
    level: int
    status: words.Status
    took: str


def called_by(run: Run) -> list[Member]:
    """In the order of a tree, each above what it called; the first 200."""
    children = _below(run)
    names = module_names(run.org_id, {one.module_id for some in children.values() for one in some})
    return list(_members(children, run.execution_id, names, level=0))


def module_names(org_id: str, module_ids: set[str]) -> dict[str, str]:
    """Of this organization's."""
    if not module_ids:
        return {}
    modules = Module.objects.for_org(org_id).filter(id__in=module_ids)
    return dict(modules.values_list("id", "name"))


def _below(run: Run) -> dict[str, list[Run]]:
    """By parent; one query a level."""
    found: dict[str, list[Run]] = defaultdict(list)
    parents, left = [run.execution_id], _MOST
    for _ in range(_DEEPEST):
        rows = Run.objects.for_org(run.org_id).filter(parent__in=parents)
        level = list(rows.order_by("queued_at", "execution_id")[:left])
        if not level:
            break
        for one in level:
            found[str(one.parent)].append(one)
        parents, left = [one.execution_id for one in level], left - len(level)
    return found


def _members(
    children: Mapping[str, list[Run]], parent: str, names: Mapping[str, str], *, level: int
) -> Iterator[Member]:
    for run in children.get(parent, ()):
        yield Member(
            execution_id=run.execution_id,
            name=names.get(run.module_id, run.agent),
            level=level,
            status=words.run_status(run),
            took=words.duration(seconds_between(run.claimed_at, run.finished_at)),
        )
        yield from _members(children, run.execution_id, names, level=level + 1)
