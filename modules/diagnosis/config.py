"""What is wrong with a module's config: as text, as JSON, and for its agent."""

from typing import Any

from pydantic import BaseModel

from modules.diagnosis.finding import Finding
from modules.errors import InvalidModuleConfig
from modules.lookup import check_config
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
        errors = error.errors or {"config": [str(error)]}
        return [
            Finding(blocks=True, path=path, message=", ".join(said))
            for path, said in errors.items()
        ]
    return _ignored(agent.cls.Config, config)


def misdirected(agent: RegisteredAgent, config: Any, *, org_id: str) -> list[Finding]:
    """Modules that the config names and that cannot run; its runs would fail there."""
    try:
        check_named_modules(agent, config, org_id=org_id)
    except InvalidModuleConfig as error:
        return [
            Finding(blocks=True, path=path, message=", ".join(said))
            for path, said in error.errors.items()
        ]
    return []


def _ignored(schema: type[BaseModel] | None, config: Any) -> list[Finding]:
    """A mistyped name of an optional field is no error to pydantic, and has no effect."""
    if schema is None or not isinstance(config, dict) or schema.model_config.get("extra"):
        return []
    if any(info.alias or info.validation_alias for info in schema.model_fields.values()):
        return []  # an alias may be a path; the agent knows, we would have to guess
    known = ", ".join(schema.model_fields) or "none"
    message = f"The agent has no such field, so this has no effect. Its fields: {known}."
    return [
        Finding(blocks=False, path=f"config.{key[:100]}", message=message)
        for key in config
        if key not in schema.model_fields
    ]
