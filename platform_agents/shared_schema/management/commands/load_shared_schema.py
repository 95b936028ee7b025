"""`manage.py load_shared_schema`: the gateway's tables, empty, for development and tests."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from platform_agents.shared_schema.database_errors import DATABASE_ERRORS, first_line
from platform_agents.shared_schema.loading import AlreadyThere, load_shared_schema
from platform_agents.shared_schema.names import SHARED_TABLES


class Command(BaseCommand):
    """See the module."""

    help = "Create the shared tables from our copy of the contract, in an empty database only."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias to load into")

    def handle(self, *_args: Any, database: str, **options: Any) -> None:
        try:
            load_shared_schema(connections[database])
        except AlreadyThere as taken:
            raise CommandError(
                f"{taken} Nothing was changed. This command is for an empty database; "
                "to compare what is there, run manage.py check_shared_schema."
            ) from None
        except DATABASE_ERRORS as error:
            raise CommandError(
                f"Nothing was loaded, the database said: {first_line(error)}", returncode=2
            ) from error
        self.stdout.write(self.style.SUCCESS(f"Created {', '.join(SHARED_TABLES)}."))
