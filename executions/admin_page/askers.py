"""Who asked for a run, by name: a key, a schedule, a person. Called by `reading`."""

from executions.models import Run
from modules.models import ModuleSchedule
from platform_agents.tenancy.models import ApiKey

_ORIGINS = {
    "api": "By the API", "admin": "In this admin", "schedule": "By a schedule",
    "workflow": "By another module", "retry": "As a retry",
}  # fmt: skip


def asked_by(run: Run) -> str:
    """In words: `By the API, key “Shop”`."""
    how = _ORIGINS.get(run.origin, run.origin)
    who = _who(run)
    return f"{how}, {who}" if who else how


def _who(run: Run) -> str:
    kind, _, name = run.requested_by.partition(":")
    if kind == "key":
        return f"key “{_name_of(ApiKey, run.org_id, name)}”"
    if kind == "schedule":
        return f"“{_name_of(ModuleSchedule, run.org_id, name)}”"
    return name if kind == "user" else ""


def _name_of(model: type[ApiKey] | type[ModuleSchedule], org_id: str, id_: str) -> str:
    """What was deleted meanwhile is said to be."""
    if model is ModuleSchedule and not id_.isdecimal():
        return id_
    rows = model.objects.for_org(org_id).filter(id=id_)
    return rows.values_list("name", flat=True).first() or "(deleted)"
