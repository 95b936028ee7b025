"""An agent's Config, Input and Output in few words, or as JSON Schemas."""

from typing import Any

from pydantic import BaseModel

from agents.base import BaseAgent

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
    """`{"config", "input", "output"}`: a JSON Schema each, null without a model."""
    return {
        "config": agent.Config and agent.Config.model_json_schema(),
        "input": agent.Input and agent.Input.model_json_schema(),
        "output": agent.Output and agent.Output.model_json_schema(mode="serialization"),
    }
