"""`manage.py qcluster`: django-q2's cluster, with a polite end and an honest exit status.

django-q2's own command leaves orphans when its sentinel is killed and exits 0 then; a supervisor
that restarts on failure would not. See `executions.cluster` and `executions.family`.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from executions.cluster import FamilyCluster


class Command(BaseCommand):
    help = "Runs agents in the background: django-q2's cluster with our broker and workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--run-once", action="store_true", help="Start, then stop at once.")

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = FamilyCluster()
        try:
            cluster.start()
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        if options["run_once"]:
            cluster.stop()
            return
        cluster.sentinel.join()
        if not cluster.asked_to_stop:
            raise CommandError("The cluster's sentinel died; start the cluster again.")
