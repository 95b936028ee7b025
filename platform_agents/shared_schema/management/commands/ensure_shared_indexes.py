"""`manage.py ensure_shared_indexes`: the indexes that we would like on the gateway's tables.

Safe to run at any time, twice, and by two at once; nobody who reads or writes is held up. Run it
after each `drizzle-kit push` that does not know these indexes. Exit status 1 when it may not or
cannot build, 2 when the database cannot be asked.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from platform_agents.shared_schema.database_errors import DATABASE_ERRORS, first_line
from platform_agents.shared_schema.index_building import CannotBuild, ensure, statements

INTERRUPTED = "Interrupted. Run this again; what was begun is mended then."


class Command(BaseCommand):
    """See the module."""

    help = "Create our indexes on the shared tables, without holding anybody up."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias to build in")
        parser.add_argument("--dry-run", action="store_true", help="print the statements only")

    def handle(self, *_args: Any, database: str, dry_run: bool, **_options: Any) -> None:
        connection = connections[database]
        try:
            if dry_run:
                self.stdout.write(_as_script(statements(connection)))
            else:
                ensure(connection, say=self._say)
        except KeyboardInterrupt:
            raise CommandError(INTERRUPTED, returncode=130) from None
        except CannotBuild as error:
            raise CommandError(str(error)) from error
        except DATABASE_ERRORS as error:
            raise CommandError(
                f"The database could not be asked: {first_line(error)}", returncode=2
            ) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()  # the next one may take an hour


def _as_script(found: list[str]) -> str:
    return "\n".join(f"{one};" for one in found) or "-- Nothing to do."
