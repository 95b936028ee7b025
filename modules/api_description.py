"""Agents and modules as the HTTP API describes them. Called by `api_views`."""

import inspect
import logging
from functools import cache
from typing import Any

from agents.encoding import jsonable
from agents.errors import InvalidOutput
from agents.kit.description import schemas
from modules import masking, registry
from modules.answers import AgentDetail, ModuleDetail, Problem, Schemas
from modules.errors import ModuleError, UnknownAgent
from modules.lookup import check
from modules.models import Module
from modules.registry import RegisteredAgent

logger = logging.getLogger(__name__)

_UNCLEAR: Problem = {
    "detail": "Something went wrong on our side; it has been logged.",
    "code": "internal_error",
}


def agent(registered: RegisteredAgent) -> AgentDetail:
    return {
        "name": registered.name,
        "aliases": sorted(registered.names - {registered.name}),
        "kind": "built-in" if registered.built_in else "package",
        "lane": registered.cls.lane,
        "description": inspect.cleandoc(registered.cls.__doc__ or "") or None,
        "schemas": json_schemas(registered),
    }


@cache
def json_schemas(registered: RegisteredAgent) -> Schemas:
    """Of config, input and output, each null where the agent has none."""
    found = schemas(registered.cls)
    return {"config": found["config"], "input": found["input"], "output": found["output"]}


def agent_of(module: Module) -> RegisteredAgent | None:
    try:
        return registry.agent_of(module.python_module, module.endpoint)
    except UnknownAgent:
        return None


def module(row: Module) -> ModuleDetail:
    """problem: what POST /execute would answer, null when it would run the module."""
    found = agent_of(row)
    problem = _problem(row)
    return {
        "id": row.id,
        "name": row.name,
        "category": row.category,
        "python_module": row.python_module,
        "agent": None if found is None else found.name,
        "status": row.status,
        "runnable": problem is None,
        "problem": problem,
        "config": _config(row, found),
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
    }


def _problem(row: Module) -> Problem | None:
    try:
        check(row.status, row.python_module, row.endpoint, row.config)
    except ModuleError as error:
        problem: Problem = {"detail": str(error), "code": error.code}
        if errors := getattr(error, "errors", None):
            problem["errors"] = errors
        return problem
    except Exception:  # a package's Config is anybody's code; a call would be answered so
        logger.exception("the config of module %s cannot be checked", row.id)
        return _UNCLEAR
    return None


def _config(row: Module, found: RegisteredAgent | None) -> dict[str, Any] | None:
    config = masking.shown(row.config, found.cls.Config if found else None)
    try:
        plain: dict[str, Any] | None = jsonable(config)
    except InvalidOutput:  # nested deeper than anybody should
        return None
    return plain
