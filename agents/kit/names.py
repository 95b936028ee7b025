"""What a new agent may be called, and what its class is called then."""

import importlib.util
import keyword
import re
from collections.abc import Collection

_SHAPE = re.compile(r"[a-z][a-z0-9_]{0,49}")


class BadName(ValueError):
    """The message says what is wrong with it, for people."""


def class_name(name: str) -> str:
    """`top_words` -> `TopWordsAgent`: so it can hardly hide what its module imports."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    return camel if camel.endswith("Agent") else f"{camel}Agent"


def check(name: str, *, taken: Collection[str]) -> None:
    """Raises BadName unless it can be a package, a class and a name that no other agent has."""
    if not _SHAPE.fullmatch(name):
        raise BadName(
            f"{name[:80]!r} cannot be a package's name; expected at most 50 lower-case letters, "
            "digits and underscores, a letter first, such as top_words."
        )
    if keyword.iskeyword(name) or class_name(name) == "BaseAgent":
        raise BadName(f"{name!r} means something else already; choose another name.")
    if name in taken or f"agents.{name}" in taken:
        raise BadName(f"An agent called {name!r} is installed already; choose another name.")
    if importlib.util.find_spec(name) is not None:
        raise BadName(f"Python has a module called {name!r} already; choose another name.")
