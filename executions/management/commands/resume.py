"""`manage.py resume`: takes back `manage.py pause`; workers go on at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from executions import switches
from executions.management import console


class Command(BaseCommand):
    help = "Resume a module, an organization or everything that is paused."

    def add_arguments(self, parser: CommandParser) -> None:
        console.add_target(parser)
        console.add_by(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        target = console.target(options)
        if switches.resume(target, by=console.by(options)):
            self.stdout.write(f"Resumed {target}.")
        else:
            self.stdout.write(f"Nothing to do: {target} was not paused.")
