"""`manage.py purge`: show how many queued runs would end, ask, and end them as cancelled."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from executions import purge
from executions.management import console
from executions.purge import Preview

_ROW = "{:36}  {:36}  {:>9}"


class Command(BaseCommand):
    help = "End queued runs of a module, an organization or everybody; counts them first."

    def add_arguments(self, parser: CommandParser) -> None:
        console.add_target(parser)
        parser.add_argument(
            "--older-than", type=float, default=0, metavar="S", help="queued for S seconds"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
        console.add_by(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        target = console.target(options)
        if not options["older_than"] >= 0:
            raise CommandError("--older-than takes seconds, 0 or more.")
        counted = purge.preview(target, older_than_s=options["older_than"])
        if counted.runs == 0:
            self.stdout.write(f"Nothing to do: no such runs of {target} are queued.")
            return
        self.stdout.write(_table(counted))
        if not options["yes"]:
            self._ask(counted)
        ended = purge.purge(counted, by=console.by(options))
        self.stdout.write(f"Ended {ended:,} of {counted.runs:,} queued runs of {target}.")

    def _ask(self, counted: Preview) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was purged: nobody is here to ask; add --yes to go on.")
        if input(f"End these {counted.runs:,} runs? [yes/no] ").strip().lower() != "yes":
            raise CommandError("Nothing was purged.")


def _table(counted: Preview) -> str:
    lines = [_ROW.format("ORGANIZATION", "MODULE", "QUEUED")]
    lines += [_ROW.format(p.org_id, p.module_id, f"{p.runs:,}") for p in counted.piles]
    return "\n".join([*lines, _ROW.format("all", "", f"{counted.runs:,}")])
