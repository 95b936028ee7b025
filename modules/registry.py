"""Name -> agent class. The only importer of concrete agents.

Agents come from three places, all named by whoever deploys: the built-in ones, the entry-point
group `platform_agents.agents` of installed packages, and the packages in AGENT_PACKAGES. A database
column is only ever looked up here; it never decides what is imported. What the built-in ones are
called is known without them (`modules.built_in`); packages have to be imported to be found.
"""

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from agents import BaseAgent
from agents.loading import imported
from modules import built_in
from modules.built_in import REMOTE, BuiltIn
from modules.errors import UnknownAgent

__all__ = ["GROUP", "REMOTE", "RegisteredAgent", "agent_of", "all_agents", "find"]

GROUP = "platform_agents.agents"


@dataclass(frozen=True, kw_only=True)
class RegisteredAgent:
    """An agent class and the names that `modules.python_module` may use for it. path:
    `package.module:Class`, as the host process imports it. preloads: it has something large to
    import before its first run. source: where it was found, for people."""

    name: str
    path: str
    names: frozenset[str]
    lane: str
    requires: tuple[str, ...]
    preloads: bool
    built_in: bool
    source: str

    @cached_property
    def cls(self) -> type[BaseAgent]:
        """Imported when it is first asked for: its models are large, and its names are not."""
        return imported(self.path)

    def secrets(self) -> dict[str, str]:
        """The platform settings this agent asks for. Only built-in agents are given any."""
        if not self.built_in:
            return {}
        given = {name: settings.AGENT_SETTINGS.get(name, "") for name in self.requires}
        return {name: value for name, value in given.items() if value}


def find(python_module: str) -> RegisteredAgent:
    """The agent that a module names; `agents.` in front is allowed. Raises UnknownAgent."""
    by_name = _by_name()
    agent = by_name.get(python_module) or by_name.get(python_module.removeprefix("agents."))
    if agent is None:
        raise UnknownAgent(
            f"The module names the agent {python_module[:100]!r}, which is not installed. "
            f"Installed: {', '.join(sorted(a.name for a in all_agents()))}."
        )
    return agent


def agent_of(python_module: str, endpoint: str | None) -> RegisteredAgent:
    """The agent that runs a module: the remote one where an endpoint is set, whatever else the
    module names. Raises UnknownAgent."""
    return find(REMOTE if endpoint and endpoint.strip() else python_module)


def references_to(agent: RegisteredAgent) -> list[str]:
    """Everything that `find` takes for this agent."""
    possible = {*agent.names, *(f"agents.{name}" for name in agent.names)}
    return sorted(name for name in possible if find(name).cls is agent.cls)


@cache
def all_agents() -> tuple[RegisteredAgent, ...]:
    """Every installed agent, built-in ones first. Raises ImproperlyConfigured on name clashes."""
    agents = [_built_in(known) for known in built_in.ALL]
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    agents += [_of_entry_point(point) for point in points]
    for package in settings.AGENT_PACKAGES:
        source = f"AGENT_PACKAGES: {package}"
        agents.extend(_registered(cls, source=source) for cls in _defined_in(package))
    return tuple(agents)


@cache
def _by_name() -> dict[str, RegisteredAgent]:
    table: dict[str, RegisteredAgent] = {}
    for agent in all_agents():
        for name in agent.names:
            if name in table and table[name].path != agent.path:
                raise ImproperlyConfigured(
                    f"Two agents are called {name!r}: {table[name].path} and {agent.path}. "
                    "Rename one, or remove its package."
                )
            table[name] = agent
    return table


def _of_entry_point(point: EntryPoint) -> RegisteredAgent:
    package = f" of {point.dist.name} {point.dist.version}" if point.dist else ""
    cls = _loaded(point.name, point.load())
    return _registered(cls, extra=point.name, source=f"entry point {point.name}{package}")


def _built_in(known: BuiltIn) -> RegisteredAgent:
    names = frozenset({known.name, *known.aliases, _dotted(known.path, known.name)})
    return RegisteredAgent(
        name=known.name, path=known.path, names=names, lane=known.lane, requires=known.requires,
        preloads=known.preloads, built_in=True, source="built in",
    )  # fmt: skip


def _registered(cls: type[BaseAgent], *, source: str, extra: str = "") -> RegisteredAgent:
    name, path = cls.canonical_name(), f"{cls.__module__}:{cls.__qualname__}"
    names = frozenset(filter(None, {name, extra, *cls.aliases, _dotted(path, name)}))
    preloads = cls.preload.__func__ is not BaseAgent.preload.__func__  # type: ignore[attr-defined]
    return RegisteredAgent(
        name=name, path=path, names=names, lane=cls.lane, requires=cls.requires,
        preloads=preloads, built_in=False, source=source,
    )  # fmt: skip


def _dotted(path: str, name: str) -> str:
    """`my_package.sentiment`, the way the guide fills python_module, for agents of packages."""
    package = path.partition(":")[0].split(".")[0]
    return f"{package}.{name}"


def _loaded(name: str, cls: object) -> type[BaseAgent]:
    if not (inspect.isclass(cls) and issubclass(cls, BaseAgent)):
        raise ImproperlyConfigured(
            f"The entry point {name!r} of group {GROUP!r} is not a subclass of agents.BaseAgent."
        )
    return cls


def _defined_in(package: str) -> list[type[BaseAgent]]:
    """BaseAgent subclasses written in the package or any of its modules."""
    try:
        modules = _modules_of(importlib.import_module(package))
    except ImportError as error:
        raise ImproperlyConfigured(
            f"AGENT_PACKAGES names {package!r}, which cannot be imported: {error}."
        ) from error
    found = [cls for module in modules for cls in _classes_of(module)]
    if not found:
        raise ImproperlyConfigured(f"AGENT_PACKAGES names {package!r}, which defines no agent.")
    return found


def _modules_of(root: ModuleType) -> list[ModuleType]:
    below = pkgutil.walk_packages(getattr(root, "__path__", []), f"{root.__name__}.")
    return [root, *(importlib.import_module(info.name) for info in below)]


def _classes_of(module: ModuleType) -> list[type[BaseAgent]]:
    return [
        cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, BaseAgent)
        and cls.__module__ == module.__name__
        and not inspect.isabstract(cls)
    ]
