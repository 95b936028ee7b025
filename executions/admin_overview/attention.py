"""What needs somebody: pauses, workers that are gone, modules out of service, open questions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse

from executions.admin_overview import links, words
from executions.admin_overview.names import scoped
from executions.approvals import open_ones
from executions.models import Approval, KillSwitch
from modules.models import Module, ModulePolicy
from platform_agents.tenancy.models import OrgPolicy


@dataclass(frozen=True, kw_only=True)
class Notice:
    """level: danger, warning or info; icon: a Material Symbol."""

    level: str
    icon: str
    text: str
    link: str
    action: str


def notices(org_ids: Sequence[str] | None, *, superuser: bool, workers: int) -> list[Notice]:
    return [
        *_switch(superuser), *_workers(workers, superuser), *_paused(org_ids), *_modules(org_ids),
        *_approvals(org_ids),
    ]  # fmt: skip


def _switch(superuser: bool) -> Iterator[Notice]:
    """Why is told to superusers: it is written for those who operate the platform."""
    switch = KillSwitch.objects.filter(paused=True).first()
    if switch is None:
        return
    why = f" by {switch.changed_by}: {switch.reason}" if superuser else ""
    yield Notice(
        level="danger", icon="power_settings_new", link=reverse("admin:operations"),
        text=f"Everything is paused{why or '.'}", action="Operations",
    )  # fmt: skip


def _workers(alive: int, superuser: bool) -> Iterator[Notice]:
    if alive:
        return
    whom = "Start manage.py qcluster." if superuser else "Tell the administrators of the platform."
    yield Notice(
        level="danger", icon="heart_broken", text=f"No worker is alive, so nothing runs. {whom}",
        link=reverse("admin:operations"), action="Operations",
    )  # fmt: skip


def _paused(org_ids: Sequence[str] | None) -> Iterator[Notice]:
    orgs = scoped(OrgPolicy.objects, org_ids).filter(paused=True).count()
    if orgs:
        yield Notice(
            level="warning", icon="pause_circle",
            link=links.listing("tenancy_orgpolicy", paused__exact="1"),
            text=f"{words.several(orgs, 'organization is', 'organizations are')} paused.",
            action="Limits",
        )  # fmt: skip
    modules = scoped(ModulePolicy.objects, org_ids).filter(paused=True).count()
    if modules:
        yield Notice(
            level="warning", icon="pause_circle",
            link=links.listing("modules_module", status="paused"),
            text=f"{words.several(modules, 'module is', 'modules are')} paused.", action="Modules",
        )  # fmt: skip


def _modules(org_ids: Sequence[str] | None) -> Iterator[Notice]:
    broken = scoped(Module.objects, org_ids).filter(status=Module.ERROR).count()
    if broken:
        yield Notice(
            level="danger", icon="error", link=links.listing("modules_module", status="error"),
            text=f"{words.several(broken, 'module is', 'modules are')} out of service after too"
            " many failures.", action="Show them",
        )  # fmt: skip


def _approvals(org_ids: Sequence[str] | None) -> Iterator[Notice]:
    open_ = open_ones(scoped(Approval.objects, org_ids)).count()
    if open_:
        yield Notice(
            level="info", icon="how_to_reg", action="Decide",
            link=links.listing("executions_approval", state="open"),
            text=f"{words.several(open_, 'workflow waits', 'workflows wait')} for your approval.",
        )  # fmt: skip
