"""Import agents by their paths and let them import what they need. Used by templates and hosts."""

import importlib
from collections.abc import Mapping

from agents.base import BaseAgent


def load(paths: Mapping[str, str]) -> dict[str, type[BaseAgent]]:
    """`{name: "module:Class"}` -> `{name: class}`. Raises whatever the imports raise."""
    agents = {name: _imported(path) for name, path in paths.items()}
    for agent in set(agents.values()):
        agent.preload()
    return agents


def _imported(path: str) -> type[BaseAgent]:
    module, _, qualname = path.partition(":")
    found = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    return found  # type: ignore[return-value]
