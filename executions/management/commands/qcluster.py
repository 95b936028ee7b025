"""`manage.py qcluster`: django-q2's cluster, with a polite end and an honest exit status.

django-q2's own command leaves orphans when its sentinel is killed and exits 0 then; a supervisor
that restarts on failure would not. See `executions.cluster` and `executions.family`.
"""

import logging
from contextlib import suppress
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django_q.brokers import get_broker

import executions.worker  # noqa: F401 (before the fork: every worker has its receiver, at once)
from executions.cluster import FamilyCluster
from platform_agents.shared_schema.database_errors import DATABASE_ERRORS, first_line

logger = logging.getLogger(__name__)


def _look_for_database() -> None:
    """A readable reason when it is away; and the embedded server, when that is the one, is this
    process's to stop: the forked ones end without running what stands at exit."""
    try:
        connection.ensure_connection()
    except DATABASE_ERRORS as error:
        raise CommandError(f"The database cannot be reached: {first_line(error)}") from error
    with suppress(*DATABASE_ERRORS):  # a queue that is not there yet is for the workers to tell
        get_broker().has_ordinary_tasks()  # as every member does first: so they share its memory
    connection.close()


class Command(BaseCommand):
    help = "Runs agents in the background: django-q2's cluster with our broker and workers."
    # Not all: the others import everything that answers HTTP, 10 MB that a cluster does not need.
    requires_system_checks = (Tags.models, Tags.caches, Tags.compatibility, "agents")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--run-once", action="store_true", help="Start, then stop at once.")

    def handle(self, *args: Any, **options: Any) -> None:
        _look_for_database()
        cluster = FamilyCluster()
        try:
            cluster.start()
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        if options["run_once"]:
            cluster.stop()
            return
        if why := cluster.guard():
            logger.critical("the cluster ends: %s", why)
            raise CommandError(f"{why}; start the cluster again.")
