"""`manage.py demo`: everything on this machine with one command. See `platform_agents.demo.tour`;
here are the options, and how each way of ending becomes an exit status and one readable reason."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from subprocess import SubprocessError
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError

from platform_agents.demo import interrupts
from platform_agents.demo.errors import DemoFailed
from platform_agents.demo.screen import Screen
from platform_agents.demo.tour import Wish, perform
from platform_agents.shared_schema.database_errors import DATABASE_ERRORS, first_line

_EXPECTED = (*DATABASE_ERRORS, CommandError, OSError, SubprocessError)


class Command(BaseCommand):
    """See the module."""

    help = "Start everything, run the data module on a real data set, stay up until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after the result")
        parser.add_argument("--port", type=int, help="default: 8000, or the next free one; 0: any")
        parser.add_argument("--seed-only", action="store_true", help="make the rows, start nothing")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the answer there, too")

    def handle(self, *_args: Any, **options: Any) -> None:
        interrupts.listen()
        wish = Wish(
            port=options["port"],
            once=options["once"],
            seed_only=options["seed_only"],
            json_file=options["json"],
        )
        try:
            perform(wish, Screen(sys.stdout, plain=options["no_color"]))
        except interrupts.Stopped as stopped:
            self.stderr.write("\nStopped.")
            sys.exit(stopped.exit_status)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except DemoFailed as failed:
            self._fail(f"{failed}")
        except _EXPECTED as error:
            self._fail(first_line(error))

    def _fail(self, reason: str) -> NoReturn:
        self.stderr.write(f"\nThe demo failed. {reason}")
        sys.exit(1)
