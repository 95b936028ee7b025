"""`manage.py qcluster`: django-q2's cluster, with a polite end and an honest exit status.

django-q2's own command leaves orphans when its sentinel is killed and exits 0 then; a supervisor
that restarts on failure would not. See `executions.family`.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django_q.cluster import Cluster

from executions import family


class FamilyCluster(Cluster):  # type: ignore[misc]
    def __init__(self) -> None:
        self.family = family.found()
        self.asked_to_stop = False
        super().__init__()

    def stop(self) -> bool:
        self.asked_to_stop = True
        self.family.stop()
        stopped: bool = super().stop()
        return stopped


class Command(BaseCommand):
    help = "Runs agents in the background: django-q2's cluster with our broker and workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--run-once", action="store_true", help="Start, then stop at once.")

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = FamilyCluster()
        cluster.start()
        if options["run_once"]:
            cluster.stop()
            return
        cluster.sentinel.join()
        if not cluster.asked_to_stop:
            sys.exit("The cluster's sentinel died; start the cluster again.")
