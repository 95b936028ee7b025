"""What the API answers about modules and agents, as types: `api_description` makes them, the API's
description (`platform_agents.openapi`) is made of them."""

from typing import Annotated, Any, NotRequired

from pydantic import ConfigDict, WithJsonSchema, with_config
from typing_extensions import TypedDict  # pydantic reads these before Python 3.12

_described = with_config(ConfigDict(use_attribute_docstrings=True, extra="forbid"))

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Kind = Annotated[str, WithJsonSchema({"type": "string", "enum": ["built-in", "package"]})]


@_described
class Schemas(TypedDict):
    """JSON Schemas; null where the agent has none."""

    config: dict[str, Any] | None
    input: dict[str, Any] | None
    output: dict[str, Any] | None


@_described
class Problem(TypedDict):
    """What POST /execute would answer."""

    detail: str
    code: str
    errors: NotRequired[dict[str, list[str]]]


@_described
class ModuleDetail(TypedDict):
    id: str
    name: str
    category: str
    python_module: str
    agent: str | None
    status: str
    runnable: bool
    problem: Problem | None
    """Why it would not run; null when it would."""
    config: dict[str, Any] | None
    """Secrets are masked."""
    created_at: Time


@_described
class ModuleWithSchemas(ModuleDetail):
    schemas: Schemas | None


@_described
class ModulePage(TypedDict):
    modules: list[ModuleDetail]
    schemas: dict[str, Schemas]
    """Of the page's agents, by the agent's name."""
    next: str | None
    """The cursor of the next page; null on the last."""


@_described
class AgentDetail(TypedDict):
    name: str
    aliases: list[str]
    kind: Kind
    lane: str
    description: str | None
    schemas: Schemas


@_described
class Agents(TypedDict):
    agents: list[AgentDetail]
