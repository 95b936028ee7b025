"""`manage.py start_agent NAME`: a package with a typed agent, its test and an example input.

Prints the three commands that come next; they work as they are printed.
"""

import os
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from agents.kit import names, starting
from modules.management import console


class Command(BaseCommand):
    help = "Write a new agent's package: a typed agent that works, and a test that passes."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="of agent and package, such as top_words")
        parser.add_argument("--dir", default=".", metavar="DIR", help="where to put it; default: .")

    def handle(self, *args: Any, **options: Any) -> None:
        name, folder = options["name"], Path(options["dir"]).expanduser().absolute()
        taken = frozenset[str]().union(*(agent.names for agent in console.agents()))
        try:
            names.check(name, taken=taken)
            package = starting.start(name, folder)
        except (names.BadName, starting.AlreadyThere) as error:
            raise console.wrong(str(error)) from error
        except OSError as error:
            raise console.wrong(f"Nothing was written to {folder}: {error.strerror}.") from error
        self.stdout.write(f"Wrote {package}\n\n{_next_commands(name, package)}")


def _next_commands(name: str, package: Path) -> str:
    python, project = shlex.quote(sys.executable), shlex.quote(str(settings.BASE_DIR))
    manage = shlex.quote(str(settings.BASE_DIR / "manage.py"))
    where, env = shlex.quote(str(package)), f"AGENT_PACKAGES={name} PYTHONPATH={_path(package)}"
    pytest = "" if find_spec("pytest") else f"{python} -m pip install pytest && "
    example = shlex.quote(str(package / "example.json"))
    return (
        "Test it:\n"
        f"  {pytest}PYTHONPATH={project} {python} -m pytest {where}\n"
        "Run it here, without a database:\n"
        f"  {env} {python} {manage} run_agent {name} --input {example}\n"
        "See it in the demo; then add a module with this python module in the admin:\n"
        f"  {env} {python} {manage} demo"
    )


def _path(package: Path) -> str:
    """What is in PYTHONPATH already stays there."""
    return shlex.quote(os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH")])))
