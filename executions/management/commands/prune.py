"""`manage.py prune`: delete now what the cluster would delete within the hour."""

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
        while not rounds[-1].complete:
            rounds.append(retention.prune())
        events, runs = sum(done.events for done in rounds), sum(done.runs for done in rounds)
        versions = sum(done.versions for done in rounds)
        self.stdout.write(
            f"Deleted {events:,} events, {runs:,} runs and {versions:,} versions of configs."
        )
