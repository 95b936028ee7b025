"""`manage.py prune`: delete now what the cluster would delete within the hour."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from executions import retention


class Command(BaseCommand):
    help = (
        "Delete events and runs that are older than EVENT_RETENTION_DAYS and RETENTION_DAYS, and "
        "versions of configs beyond CONFIG_VERSIONS_KEPT."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rounds = [retention.prune()]
        while not (last := rounds[-1]).complete:
            if not (last.events or last.runs or last.versions):
                time.sleep(1)  # the cluster is at it, or counts what ended
            rounds.append(retention.prune())
        events, runs = sum(done.events for done in rounds), sum(done.runs for done in rounds)
        versions = sum(done.versions for done in rounds)
        self.stdout.write(
            f"Deleted {events:,} events, {runs:,} runs and {versions:,} versions of configs."
        )
