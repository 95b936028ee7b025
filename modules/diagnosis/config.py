"""What is wrong with a module's config: as text, as JSON, for its agent, and with what it refers
to. Its endpoint besides, when it runs elsewhere."""

import json
from collections.abc import Collection
from typing import Any

from pydantic import BaseModel

from agents.secrets import names_in
from modules.diagnosis.finding import Finding
from modules.errors import InvalidModuleConfig
from modules.lookup import check_config, check_endpoint
from modules.named_modules import check_named_modules
from modules.registry import RegisteredAgent
from platform_agents.shared_schema.json_text import InvalidJson
from platform_agents.shared_schema.strict_json import parse


def broken_text(config: Any) -> list[Finding]:
    """Where text that should be JSON is not. Empty text is no config, which is fine."""
    if not isinstance(config, InvalidJson) or not config.text.strip():
        return []
    try:
        parse(config.text)
    except ValueError as error:
        return [Finding(blocks=True, path="config", message=f"It is not valid JSON. {error}")]
    return []


def unfit(agent: RegisteredAgent, config: Any) -> list[Finding]:
    """What the agent refuses, by the check that every call makes, and what it ignores."""
    try:
        check_config(agent, config)
    except InvalidModuleConfig as error:
        return _refused(error)
    return _ignored(agent.cls.Config, config)


def misdirected(agent: RegisteredAgent, config: Any, *, org_id: str) -> list[Finding]:
    """Modules that the config names and that cannot run; its runs would fail there."""
    try:
        check_named_modules(agent, config, org_id=org_id)
    except InvalidModuleConfig as error:
        return _refused(error)
    return []


def uncallable(agent: RegisteredAgent, endpoint: str | None) -> list[Finding]:
    try:
        check_endpoint(agent, endpoint)
    except InvalidModuleConfig as error:
        return _refused(error)
    return []


def without_secrets(config: Any, secrets: Collection[str]) -> list[Finding]:
    """What it refers to and the organization does not have."""
    if not isinstance(config, dict):
        return []
    missing = sorted(names_in(json.dumps(config)).difference(secrets))
    message = "The organization has no secret {}; set it in the admin, under Secrets."
    return [Finding(blocks=True, path="config", message=message.format(name)) for name in missing]


def _refused(error: InvalidModuleConfig) -> list[Finding]:
    errors = error.errors or {"config": [str(error)]}
    return [
        Finding(blocks=True, path=path, message=", ".join(said)) for path, said in errors.items()
    ]


def _ignored(schema: type[BaseModel] | None, config: Any) -> list[Finding]:
    """A mistyped name of an optional field is no error to pydantic, and has no effect."""
    if schema is None or not isinstance(config, dict) or schema.model_config.get("extra"):
        return []
    known = _names(schema)
    if known is None:
        return []
    fields = ", ".join(known) or "none"
    message = f"The agent has no such field, so this has no effect. Its fields: {fields}."
    return [
        Finding(blocks=False, path=f"config.{key[:100]}", message=message)
        for key in config
        if key not in known
    ]


def _names(schema: type[BaseModel]) -> list[str] | None:
    """What its fields may be called. None when a field's alias is a path or a choice: the agent
    knows what that means, we would have to guess."""
    names: list[str] = []
    for name, info in schema.model_fields.items():
        alias = info.validation_alias or info.alias
        if not isinstance(alias, str | None):
            return None
        names.append(alias or name)
        if alias and (
            schema.model_config.get("populate_by_name")
            or schema.model_config.get("validate_by_name")
        ):
            names.append(name)
    return names
