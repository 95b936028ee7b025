"""What the commands of agents share: the installed agents, one of them, JSON that was given.

Whatever is wrong with what was typed, or with a package that was named, is a CommandError with
exit status 2 and one readable reason.
"""

import sys
import traceback
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from modules import registry
from modules.errors import UnknownAgent
from modules.registry import RegisteredAgent
from platform_agents.shared_schema.strict_json import parse

WRONG_USAGE = 2


def wrong(message: str) -> CommandError:
    return CommandError(message, returncode=WRONG_USAGE)


def agents() -> tuple[RegisteredAgent, ...]:
    """Every installed agent; also looks for two of one name."""
    try:
        found = registry.all_agents()
        registry.find(found[0].name)
    except ImproperlyConfigured as error:
        raise wrong(str(error)) from error
    except Exception as error:  # a package may raise anything when it is imported
        raise wrong(f"An agent's package cannot be imported. {_where(error)}") from error
    return found


def agent(name: str) -> RegisteredAgent:
    installed = agents()
    try:
        return registry.find(name)
    except UnknownAgent:
        names = ", ".join(sorted(one.name for one in installed))
        raise wrong(
            f"No agent is called {name!r}. Installed: {names}. To add a package that is not "
            "installed, name it in AGENT_PACKAGES, and its folder in PYTHONPATH."
        ) from None


def json_object(given: str, *, what: str) -> dict[str, Any]:
    """given is `{…}`, the path of a file, or `-` for what comes on stdin."""
    text = given if given.lstrip().startswith("{") else _read(given, what)
    try:
        value = parse(text)
    except ValueError as error:
        raise wrong(f"{what} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise wrong(f"{what} must be a JSON object, such as {{}}; it is {type(value).__name__}.")
    return value


def _read(path: str, what: str) -> str:
    try:
        if path == "-":
            return sys.stdin.read()
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise wrong(f"{what} cannot be read from {path!r}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise wrong(f"{what} cannot be read from {path!r}: it is not UTF-8 text.") from None


def _where(error: Exception) -> str:
    """The author sits before this terminal, so the place in their file may be named."""
    text = f"{type(error).__name__}: {error}."
    if isinstance(error, SyntaxError):
        return text  # it says file and line itself
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{text} ({last.filename}, line {last.lineno})"
