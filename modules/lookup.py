"""Find the module a caller means, ready to run: module, agent and checked config.

Callers: `executions.dispatch`. A reference is the row's id, else its `python_module` (what the
gateway sends), else its name, always within one organization.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from pydantic import BaseModel, ValidationError

from agents.validation import error_paths
from modules import registry
from modules.errors import (
    InvalidModuleConfig,
    ModuleAmbiguous,
    ModuleNotActive,
    ModuleNotFound,
)
from modules.models import Module
from modules.registry import RegisteredAgent
from platform_agents.shared_schema.fields import InvalidJson


@dataclass(frozen=True, kw_only=True)
class RunnableModule:
    module: Module
    agent: RegisteredAgent


def runnable(org_id: str, reference: str) -> RunnableModule:
    """The active module `reference` of the organization. Raises a ModuleError otherwise."""
    module = _find(org_id, reference)
    if module.status != Module.ACTIVE:
        raise ModuleNotActive(
            f"The module is {module.status}, not active; activate it before running it."
        )
    agent = registry.find(module.python_module)
    check_config(agent, module.config)
    return RunnableModule(module=module, agent=agent)


def check_config(agent: RegisteredAgent, config: Any) -> None:
    """Raises InvalidModuleConfig when the module's config is not JSON or not the agent's."""
    if isinstance(config, InvalidJson) and not config.text.strip():
        config = None  # an empty text, as forms write it, is no config
    if isinstance(config, InvalidJson):
        raise InvalidModuleConfig("The module's config is not valid JSON; correct it first.")
    if config is not None and not isinstance(config, dict):
        raise InvalidModuleConfig("The module's config must be a JSON object.")
    schema: type[BaseModel] | None = agent.cls.Config
    if schema is None:
        return
    try:
        schema.model_validate(config or {})
    except ValidationError as error:
        raise InvalidModuleConfig(
            "The module's config does not fit its agent.", error_paths(error, "config")
        ) from error


def _find(org_id: str, reference: str) -> Module:
    """One query for the three meanings; the strongest meaning that matches anything wins."""
    meant = Q(id=reference) | Q(python_module=reference) | Q(name=reference)
    rows = list(Module.objects.for_org(org_id).filter(meant)[:100])
    for field in ("id", "python_module", "name"):
        if found := [module for module in rows if getattr(module, field) == reference]:
            return _the_one(found)
    raise ModuleNotFound("No such module in this organization.")


def _the_one(found: list[Module]) -> Module:
    """Inactive namesakes do not make an active module ambiguous."""
    active = [module for module in found if module.status == Module.ACTIVE]
    if len(active or found) > 1:
        raise ModuleAmbiguous(
            f"{len(active or found)} modules of this organization match; send the module's id."
        )
    return (active or found)[0]
