"""What stands beside modules in other tables, read at once for any number of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from modules.models import Module, ModulePolicy, ModuleSchedule
from platform_agents.tenancy.models import OrgPolicy, Secret


@dataclass(kw_only=True)
class Surroundings:
    """schedules: the enabled ones, by module. paused_orgs: the reasons, by organization. active:
    how many active modules of an organization name an agent, by (org_id, python_module). secrets:
    their names, by organization."""

    policies: dict[str, ModulePolicy]
    schedules: dict[str, list[ModuleSchedule]]
    paused_orgs: dict[str, str]
    secrets: dict[str, set[str]]
    active: Counter[tuple[str, str]] = field(default_factory=Counter)


def of(modules: Sequence[Module]) -> Surroundings:
    """Five queries."""
    ids, orgs = [module.id for module in modules], {module.org_id for module in modules}
    # By module: whether a policy names the module's organization is one of the questions.
    every_policy = ModulePolicy.objects.unscoped("of modules that were chosen already")
    policies = every_policy.filter(module_id__in=ids)
    schedules: dict[str, list[ModuleSchedule]] = defaultdict(list)
    for schedule in ModuleSchedule.objects.for_orgs(orgs).filter(module_id__in=ids, enabled=True):
        schedules[schedule.module_id].append(schedule)
    secrets: dict[str, set[str]] = defaultdict(set)
    for org_id, name in Secret.objects.for_orgs(orgs).values_list("org_id", "name"):
        secrets[org_id].add(name)
    paused = OrgPolicy.objects.for_orgs(orgs).filter(paused=True)
    active = Module.objects.for_orgs(orgs).filter(status=Module.ACTIVE)
    return Surroundings(
        policies={policy.module_id: policy for policy in policies},
        schedules=schedules,
        secrets=secrets,
        paused_orgs={policy.org_id: policy.pause_reason for policy in paused},
        active=Counter(active.values_list("org_id", "python_module")),
    )
