"""`manage.py prune`: delete now what the cluster would delete within the hour."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from executions import retention

_COUNTED = {
    "events": "events", "runs": "runs", "versions": "versions of configs",
    "audit": "entries of the audit", "sessions": "sessions",
}  # fmt: skip


class Command(BaseCommand):
    help = (
        "Delete events and runs that are older than EVENT_RETENTION_DAYS and RETENTION_DAYS, "
        "versions of configs beyond CONFIG_VERSIONS_KEPT, entries of the audit that are older than "
        "AUDIT_DAYS, and sessions that have expired."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rounds = [retention.prune()]
        while not (last := rounds[-1]).complete:
            if not any(getattr(last, name) for name in _COUNTED):
                time.sleep(1)  # the cluster is at it, or counts what ended
            rounds.append(retention.prune())
        deleted = [
            f"{sum(getattr(done, name) for done in rounds):,} {words}"
            for name, words in _COUNTED.items()
        ]
        self.stdout.write(f"Deleted {', '.join(deleted[:-1])} and {deleted[-1]}.")
