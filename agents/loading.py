"""Import agents by their paths and let them import what they need. Used by templates and hosts, and
by the registry for the classes alone."""

import importlib
from collections.abc import Mapping

from agents.base import BaseAgent


def load(paths: Mapping[str, str]) -> dict[str, type[BaseAgent]]:
    """`{name: "module:Class"}` -> `{name: class}`. Raises whatever the imports raise."""
    agents = {name: imported(path) for name, path in paths.items()}
    for agent in set(agents.values()):
        agent.preload()
    return agents


def imported(path: str) -> type[BaseAgent]:
    """The class at `module:Class`."""
    module, _, qualname = path.partition(":")
    found = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    return found  # type: ignore[return-value]
