"""`manage.py list_agents`: which agents are installed, what they answer to and what they take."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from agents.kit.description import fields, schemas
from modules.management import console
from modules.registry import RegisteredAgent


class Command(BaseCommand):
    help = "List the installed agents; needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--json", action="store_true", help="a JSON list, schemas included")
        how.add_argument("--schema", metavar="NAME", help="the JSON Schemas of one agent")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["schema"]:
            shown = _json(schemas(console.agent(options["schema"]).cls))
        elif options["json"]:
            shown = _json([_described(agent) for agent in console.agents()])
        else:
            shown = "\n\n".join(_block(agent) for agent in console.agents())
        self.stdout.write(shown)


def _block(agent: RegisteredAgent) -> str:
    """Required fields are bare, the others show their default."""
    cls = agent.cls
    return "\n".join(
        [
            f"{agent.name}  ({cls.lane}; {agent.source})",
            f"  also    {', '.join(_aliases(agent)) or 'none'}",
            f"  config  {fields(cls.Config)}",
            f"  input   {fields(cls.Input)}",
        ]
    )


def _described(agent: RegisteredAgent) -> dict[str, Any]:
    return {
        "name": agent.name,
        "aliases": _aliases(agent),
        "lane": agent.lane,
        "source": agent.source,
        "class": agent.path,
        **schemas(agent.cls),
    }


def _aliases(agent: RegisteredAgent) -> list[str]:
    return sorted(agent.names - {agent.name})


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
