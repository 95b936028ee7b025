"""Who asked for executions, by name: `requested_by` holds `key:…`, `user:…` or `schedule:…`."""

from collections.abc import Iterable

from executions.models import Run
from modules.schedule import ModuleSchedule
from platform_agents.tenancy.models import ApiKey

Names = dict[str, str]


def names(runs: Iterable[Run]) -> Names:
    """requested_by -> a name, for keys and schedules of the runs' own organizations."""
    given = [(run.org_id, *run.requested_by.partition(":")[::2]) for run in runs]
    orgs = {org_id for org_id, _, _ in given}
    keys = {row for _, kind, row in given if kind == "key"}
    schedules = {row for _, kind, row in given if kind == "schedule"}
    found: Names = {}
    if keys:
        rows = ApiKey.objects.for_orgs(orgs).filter(id__in=keys).values_list("id", "name")
        found |= {f"key:{row}": name for row, name in rows}
    if schedules:
        numbers = [row for row in schedules if row.isdecimal()]
        named = ModuleSchedule.objects.for_orgs(orgs).filter(id__in=numbers)
        found |= {f"schedule:{row}": name for row, name in named.values_list("id", "name")}
    return found


def who(run: Run | None, known: Names) -> str:
    if run is None:
        return "the platform"
    kind, _, name = run.requested_by.partition(":")
    if kind == "user":
        return name
    return known.get(run.requested_by, "") or _GONE.get(kind, run.requested_by)


_GONE = {"key": "a key that is gone", "schedule": "a schedule that is gone", "": "–"}
