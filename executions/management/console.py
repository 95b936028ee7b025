"""What the commands that operate the queue share: whom they mean, and who gave the order."""

import getpass
from typing import Any

from django.core.management.base import CommandError, CommandParser

from executions import targets
from executions.errors import ExecutionError
from executions.targets import Target
from modules.errors import ModuleError


def add_target(parser: CommandParser) -> None:
    """--module ID, --org ID or --everything; one of them is required."""
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--module", metavar="ID", help="the id of a module")
    whom.add_argument("--org", metavar="ID", help="the id of an organization")
    whom.add_argument("--everything", action="store_true", help="all organizations")


def add_by(parser: CommandParser) -> None:
    parser.add_argument("--by", metavar="NAME", default="", help="who; default: the login name")


def target(options: dict[str, Any]) -> Target:
    """Raises CommandError for an id that does not exist."""
    try:
        return targets.find(module_id=options["module"], org_id=options["org"])
    except (ModuleError, ExecutionError) as error:
        raise CommandError(str(error)) from error


def by(options: dict[str, Any]) -> str:
    if options["by"]:
        return str(options["by"])
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "the console"
