"""Find the module a caller means, ready to run: its agent, its checked config, its policy.

Callers: `executions.dispatch`, the worker for calls of agents, and lists of the API. A reference is
the row's id, else its `python_module` (what the gateway sends), else its name, always within one
organization.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from agents import remote_contract
from agents.secrets import is_reference
from agents.validation import error_paths
from modules import policy, registry
from modules.errors import (
    InvalidModuleConfig,
    ModuleAmbiguous,
    ModuleNotActive,
    ModuleNotFound,
)
from modules.models import Module
from modules.policy import Policy
from modules.registry import RegisteredAgent
from platform_agents.postgres.prepared import fetch
from platform_agents.shared_schema.json_text import parsed
from platform_agents.shared_schema.strict_json import InvalidJson

# By hand: every call waits for it, and the ORM takes three times as long.
_COLUMNS = (
    "id", "name", "python_module", "endpoint", "config", "status", *policy.COLUMNS, "version",
)  # fmt: skip
_FIND = f"""
SELECT m.id, m.name, m.python_module, m.endpoint, m.config, m.status::text,
       p.{", p.".join(policy.COLUMNS)},
       (sum(hashtextextended(concat_ws(':', m.id, m.xmin, p.xmin), 0)) OVER ())::text
FROM public.modules m LEFT JOIN modules_policy p ON p.module_id = m.id
WHERE m.org_id = %(org_id)s
  AND (m.id = %(given)s OR m.python_module = %(given)s OR m.name = %(given)s)
LIMIT 100"""  # noqa: S608 (constants)


Fetch = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]
"""Runs a query and gives its rows: `fetch`, or the same on another connection."""


@dataclass(frozen=True, kw_only=True)
class RunnableModule:
    """version changes with any row that the reference could mean, and with their policies."""

    module_id: str
    agent: RegisteredAgent
    policy: Policy
    version: str


_known: dict[tuple[str, str], RunnableModule] = {}
_MOST_KNOWN = 10_000


def known(org_id: str, reference: str) -> RunnableModule | None:
    """What `runnable` found here before. It may have changed since: whoever uses it must compare
    `version` in the statement that depends on it, and ask `runnable` when that differs."""
    return _known.get((org_id, reference))


def runnable(org_id: str, reference: str) -> RunnableModule:
    """The active module `reference` of the organization. Raises a ModuleError otherwise."""
    module = _find(fetch, org_id, reference)
    target = _active(module)
    check_endpoint(target.agent, module["endpoint"])
    check_config(target.agent, parsed(module["config"]))
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[org_id, reference] = target
    return target


def active(fetch_rows: Fetch, org_id: str, reference: str) -> RunnableModule:
    """The same, without a look at the module's config: where it runs it is checked anyway, and
    the code of a package's Config shall not run here. Raises a ModuleError."""
    return _active(_find(fetch_rows, org_id, reference))


def check(status: str, python_module: str, endpoint: str | None, config: Any) -> RegisteredAgent:
    """The agent that runs such a module, after everything that a call asks of it. Raises a
    ModuleError, in the words of the call's refusal."""
    agent = _active_agent(status, python_module, endpoint)
    check_endpoint(agent, endpoint)
    check_config(agent, config)
    return agent


def _active_agent(status: str, python_module: str, endpoint: str | None) -> RegisteredAgent:
    if status != Module.ACTIVE:
        raise ModuleNotActive(f"The module is {status}, not active; activate it before running it.")
    return registry.agent_of(python_module, endpoint)


def _active(module: dict[str, Any]) -> RunnableModule:
    agent = _active_agent(module["status"], module["python_module"], module["endpoint"])
    return RunnableModule(
        module_id=module["id"], agent=agent, policy=Policy.of(module), version=module["version"]
    )


def find_id(org_id: str, reference: str) -> str:
    """The id of the module `reference`, whether it can run or not. Raises ModuleNotFound,
    ModuleAmbiguous."""
    module_id: str = _find(fetch, org_id, reference)["id"]
    return module_id


def check_endpoint(agent: RegisteredAgent, endpoint: str | None) -> None:
    """Raises InvalidModuleConfig when a module that runs elsewhere does not say well where."""
    if agent.name != registry.REMOTE:
        return
    try:
        remote_contract.check_endpoint((endpoint or "").strip())
    except ValueError as error:
        what = "The module's endpoint is no address that can be called."
        raise InvalidModuleConfig(what, {"endpoint": [str(error)]}) from error


def check_config(agent: RegisteredAgent, config: Any) -> None:
    """Raises InvalidModuleConfig when the module's config is not JSON or not the agent's. What a
    reference to a secret stands for is not known here, so it may stand anywhere."""
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
        if errors := error_paths(error, "config", ignoring=is_reference):
            what = "The module's config does not fit its agent."
            raise InvalidModuleConfig(what, errors) from error


def _find(fetch_rows: Fetch, org_id: str, reference: str) -> dict[str, Any]:
    """One query for the three meanings; the strongest meaning that matches anything wins."""
    found = fetch_rows(_FIND, {"org_id": org_id, "given": reference})
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in found]
    for field in ("id", "python_module", "name"):
        if meant := [row for row in rows if row[field] == reference]:
            return _the_one(meant)
    raise ModuleNotFound("No such module in this organization.")


def _the_one(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Inactive namesakes do not make an active module ambiguous."""
    active = [module for module in found if module["status"] == Module.ACTIVE]
    if len(active or found) > 1:
        raise ModuleAmbiguous(
            f"{len(active or found)} modules of this organization match; send the module's id."
        )
    return (active or found)[0]
