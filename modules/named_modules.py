"""Whether the modules that a module's config names exist in its organization and can run.

For where a config is saved or looked over (the admin's form, `validate_module`). Not at submit: a
call would pay for it each time, and a workflow's step says so by itself. Agents tell what their
config names with `BaseAgent.modules_named`.
"""

from typing import Any

from pydantic import ValidationError

from agents.validation import checked
from modules import lookup, registry
from modules.errors import InvalidModuleConfig, ModuleAmbiguous, ModuleError, ModuleNotFound
from modules.registry import RegisteredAgent


def check_named_modules(agent: RegisteredAgent, config: Any, *, org_id: str) -> None:
    """Raises InvalidModuleConfig with the path of each name that means no module, several, or one
    that cannot run. Says nothing of a config that `lookup.check_config` refuses."""
    try:
        given = checked(agent.cls.Config, config or {})
    except ValidationError:
        return
    errors: dict[str, list[str]] = {}
    for path, references in agent.cls.modules_named(given).items():
        if why := _unusable(org_id, references):
            errors[path] = [why]
    if errors:
        raise InvalidModuleConfig("The module's config names modules that cannot run.", errors)


def _unusable(org_id: str, references: tuple[str, ...]) -> str | None:
    """None when one of them can run; else what is wrong with the first that exists."""
    for reference in references:
        try:
            lookup.check_active(org_id, reference)
        except ModuleNotFound:
            continue
        except ModuleAmbiguous:
            return f"Several modules of this organization are called {reference!r}; give an id."
        except ModuleError as error:
            return f"The module {reference!r} cannot run: {error}"
        return None
    return _missing(references[0])


def _missing(reference: str) -> str:
    known = {name for agent in registry.all_agents() for name in agent.names}
    kind = f" Add one whose python module is {reference}." if reference in known else ""
    return f"There is no module {reference[:255]!r} in this organization.{kind}"
