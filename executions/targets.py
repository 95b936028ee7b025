"""Whose queued runs a pause or a purge is about: a module's, an organization's, or everybody's."""

from dataclasses import dataclass

from django.db.models import QuerySet

from executions.errors import OrganizationNotFound
from executions.models import Run
from modules.errors import ModuleNotFound
from modules.models import Module
from platform_agents.tenancy.models import Organization

_CONSOLE = "who has the console has every organization"


@dataclass(frozen=True, kw_only=True)
class Target:
    """org_id None: everybody; module_id None: all modules of the organization."""

    org_id: str | None = None
    module_id: str | None = None
    name: str = "everything"

    def __str__(self) -> str:
        return self.name

    @property
    def model(self) -> str:
        """Of what it names, for the audit."""
        if self.module_id is not None:
            return "modules.module"
        return "executions.killswitch" if self.org_id is None else "tenancy.organization"

    @property
    def object_id(self) -> str:
        return self.module_id or self.org_id or ""


EVERYTHING = Target()


def of_module(module: Module) -> Target:
    name = f'module "{module.name}" ({module.id}) of organization {module.org_id}'
    return Target(org_id=module.org_id, module_id=module.id, name=name)


def of_organization(org: Organization) -> Target:
    return Target(org_id=org.id, name=f'organization "{org.name}" ({org.id})')


def find(*, module_id: str | None = None, org_id: str | None = None) -> Target:
    """For the console, which names a module without its organization. Neither: everything.
    Raises ModuleNotFound or OrganizationNotFound."""
    if module_id is not None:
        module = Module.objects.unscoped(_CONSOLE).filter(id=module_id).first()
        if module is None:
            raise ModuleNotFound(f"There is no module with the id {module_id!r}.")
        return of_module(module)
    if org_id is not None:
        org = Organization.objects.unscoped(_CONSOLE).filter(id=org_id).first()
        if org is None:
            raise OrganizationNotFound(f"There is no organization with the id {org_id!r}.")
        return of_organization(org)
    return EVERYTHING


def runs(target: Target) -> QuerySet[Run]:
    """The target's runs, in any state."""
    if target.org_id is None:
        return Run.objects.unscoped("everything was asked for")
    rows = Run.objects.for_org(target.org_id)
    return rows if target.module_id is None else rows.filter(module_id=target.module_id)
