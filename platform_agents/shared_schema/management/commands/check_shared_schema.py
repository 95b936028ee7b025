"""`manage.py check_shared_schema`: do the gateway's tables still fit our models?

Exit status 0 when they do, 1 with one line for each difference, 2 when the database cannot be
asked. For deploys and cron; the same findings are warnings in `check --database default`. Indexes
that we would like and that are missing are told beside it, and change no exit status.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from platform_agents.shared_schema.contract import Difference, differences
from platform_agents.shared_schema.database_errors import DATABASE_ERRORS, first_line
from platform_agents.shared_schema.indexes import SharedIndex
from platform_agents.shared_schema.live_indexes import missing

FITS = "The shared tables fit our models."
MISSING = (
    "For your information: index {0.name} is missing, for {0.reason}. Create it: "
    "manage.py ensure_shared_indexes."
)


class Command(BaseCommand):
    """See the module."""

    help = "Compare the shared tables with our models; exit status 1 when they differ."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias to compare")
        parser.add_argument("--json", action="store_true", help="a JSON list instead of sentences")

    def handle(self, *_args: Any, database: str, **options: Any) -> None:
        try:
            found = differences(connections[database])
            wished = missing(connections[database])
        except DATABASE_ERRORS as error:
            raise CommandError(
                f"The database could not be asked: {first_line(error)}", returncode=2
            ) from error
        self.stdout.write(_as_json(found) if options["json"] else _as_text(found, wished))
        if found:
            sys.exit(1)


def _as_text(found: list[Difference], wished: list[SharedIndex]) -> str:
    sentences = [str(one) for one in found] or [FITS]
    return "\n".join([*sentences, *(MISSING.format(one) for one in wished)])


def _as_json(found: list[Difference]) -> str:
    return json.dumps([{**asdict(one), "message": str(one)} for one in found], indent=2)
