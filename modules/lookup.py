"""Find the module a caller means, ready to run: its agent, its checked config, its policy.

Callers: `executions.dispatch`, the worker for calls of agents, and lists of the API. A reference is
the row's id, else its `python_module` (what the gateway sends), else its name, always within one
organization.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from pydantic import BaseModel, ValidationError

from agents import remote_contract
from agents.secrets import is_reference
from agents.validation import error_paths
from modules import policy, registry
from modules.config_recording import GATEWAY, LATEST, Fetch, record
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
    "config_version",
)  # fmt: skip
_FIND = f"""
SELECT m.id, m.name, m.python_module, m.endpoint, m.config, m.status::text,
       p.{", p.".join(policy.COLUMNS)},
       (sum(hashtextextended(concat_ws(':', m.id, m.xmin, p.xmin), 0)) OVER ())::text,
       CASE WHEN latest.same THEN latest.version END
FROM public.modules m LEFT JOIN modules_policy p ON p.module_id = m.id {LATEST}
WHERE m.org_id = %(org_id)s
  AND (m.id = %(given)s OR m.python_module = %(given)s OR m.name = %(given)s)
LIMIT 100"""  # noqa: S608 (constants)
_TRIES = 3

Row = dict[str, Any]
"""A module as `find` reads it: _COLUMNS."""


@dataclass(frozen=True, kw_only=True)
class RunnableModule:
    """version changes with any row that the reference could mean, and with their policies.
    config_version: the number of what the module says now, None when it is not written down."""

    module_id: str
    agent: RegisteredAgent
    policy: Policy
    version: str
    config_version: int | None


_known: dict[tuple[str, str], RunnableModule] = {}
_MOST_KNOWN = 10_000


def known(org_id: str, reference: str) -> RunnableModule | None:
    """What `runnable` found here before. It may have changed since: whoever uses it must compare
    `version` in the statement that depends on it, and ask `runnable` when that differs."""
    return _known.get((org_id, reference))


def runnable(org_id: str, reference: str) -> RunnableModule:
    """The active module `reference` of the organization. Raises a ModuleError otherwise."""
    target = _recorded(fetch, org_id, reference, check=check_row)
    if target.config_version is None or connection.in_atomic_block:
        return target  # a number that is rolled back must not be remembered
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[org_id, reference] = target
    return target


def active(fetch_rows: Fetch, org_id: str, reference: str) -> RunnableModule:
    """The same, without a look at the module's config: where it runs it is checked anyway, and
    the code of a package's Config shall not run here. Raises a ModuleError."""
    return _recorded(fetch_rows, org_id, reference, check=lambda agent, row: None)


def check_active(org_id: str, reference: str) -> None:
    """Raises what `active` would, and writes nothing."""
    of_row(find(fetch, org_id, reference))


def _recorded(
    fetch_rows: Fetch, org_id: str, reference: str, *, check: Callable[[RegisteredAgent, Row], None]
) -> RunnableModule:
    """With the number of its config, which is written down here when it is new. What a caller is
    refused for is not. Without a number when somebody changes it each time that we look."""
    for _ in range(_TRIES):
        row = find(fetch_rows, org_id, reference)
        target = of_row(row)
        check(target.agent, row)
        if target.config_version is not None:
            break
        record(fetch_rows, target.module_id, author=GATEWAY)
    return target


def of_row(row: Row) -> RunnableModule:
    """What a row of `find` comes to. Raises ModuleNotActive, UnknownAgent."""
    agent = _active_agent(row["status"], row["python_module"], row["endpoint"])
    return RunnableModule(
        module_id=row["id"], agent=agent, policy=Policy.of(row), version=row["version"],
        config_version=row["config_version"],
    )  # fmt: skip


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


def check_row(agent: RegisteredAgent, row: Row) -> None:
    """Raises InvalidModuleConfig."""
    check_endpoint(agent, row["endpoint"])
    check_config(agent, parsed(row["config"]))


def find_id(org_id: str, reference: str) -> str:
    """The id of the module `reference`, whether it can run or not. Raises ModuleNotFound,
    ModuleAmbiguous."""
    module_id: str = find(fetch, org_id, reference)["id"]
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


def find(fetch_rows: Fetch, org_id: str, reference: str) -> Row:
    """One query for the three meanings; the strongest meaning that matches anything wins."""
    found = fetch_rows(_FIND, {"org_id": org_id, "given": reference})
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in found]
    for field in ("id", "python_module", "name"):
        if meant := [row for row in rows if row[field] == reference]:
            return _the_one(meant)
    raise ModuleNotFound("No such module in this organization.")


def _the_one(found: list[Row]) -> Row:
    """Inactive namesakes do not make an active module ambiguous."""
    active = [module for module in found if module["status"] == Module.ACTIVE]
    if len(active or found) > 1:
        raise ModuleAmbiguous(
            f"{len(active or found)} modules of this organization match; send the module's id."
        )
    return (active or found)[0]
