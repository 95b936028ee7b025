"""`manage.py pause`: nothing queued of a module, an organization, or everybody starts any more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from executions import purge, switches
from executions.management import console


class Command(BaseCommand):
    help = "Pause a module, an organization or everything. What runs goes on; see also resume."

    def add_arguments(self, parser: CommandParser) -> None:
        console.add_target(parser)
        parser.add_argument("--reason", required=True, help="why, for those who see it waiting")
        console.add_by(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        target = console.target(options)
        switches.pause(target, reason=options["reason"], by=console.by(options))
        queued = purge.preview(target).runs
        self.stdout.write(f"Paused {target}; {queued:,} queued runs wait. What runs goes on.")
