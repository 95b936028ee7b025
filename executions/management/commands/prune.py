"""`manage.py prune`: delete now what the cluster would delete within the hour."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from executions import retention


class Command(BaseCommand):
    help = "Delete events and runs that are older than EVENT_RETENTION_DAYS and RETENTION_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        events = runs = 0
        complete = False
        while not complete:
            pruned = retention.prune()
            events, runs, complete = events + pruned.events, runs + pruned.runs, pruned.complete
            if not (complete or pruned.events or pruned.runs):
                time.sleep(1)  # the cluster is at it, or counts what ended
        self.stdout.write(f"Deleted {events:,} events and {runs:,} runs.")
