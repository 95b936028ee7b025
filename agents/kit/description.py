"""An agent's Config, Input and Output in few words, or as JSON Schemas."""

import logging
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from agents.base import BaseAgent

logger = logging.getLogger(__name__)

_LONGEST_DEFAULT = 24


def fields(model: type[BaseModel] | None) -> str:
    """`text, most=3, …`: required ones bare, the others with their default; … for any besides."""
    if model is None:
        return "any object"
    shown = [_field(name, info) for name, info in model.model_fields.items()]
    if model.model_config.get("extra") == "allow":
        shown.append("…")
    return ", ".join(shown) or "none"


def _field(name: str, info: Any) -> str:
    name = info.alias or name
    if info.is_required():
        return name
    default = repr(info.get_default(call_default_factory=False))
    return f"{name}={default if len(default) <= _LONGEST_DEFAULT else '…'}"


def schemas(agent: type[BaseAgent]) -> dict[str, Any]:
    """`{"config", "input", "output"}`: a JSON Schema each, null without a model, or with one that
    none can be written for."""
    return {
        "config": _schema(agent.Config),
        "input": _schema(agent.Input),
        "output": _schema(agent.Output, mode="serialization"),
    }


def _schema(
    model: type[BaseModel] | None, *, mode: JsonSchemaMode = "validation"
) -> dict[str, Any] | None:
    if model is None:
        return None
    try:
        return model.model_json_schema(mode=mode)
    except Exception as error:  # noqa: BLE001 (the model is anybody's code)
        logger.warning(
            "no JSON Schema of %s: %s", model.__qualname__, str(error).partition("\n")[0]
        )
        return None
