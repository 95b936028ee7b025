"""Wakes django-q2's scheduler when a module's schedule is due, and keeps our rows in its table.

One of those is for all schedules of modules; its task is `executions.schedules.fire_due`. Others
are for `executions.retention` and `executions.rolling`; django-q2 fires those by itself. The
sentinel asks its scheduler every 30 s only, and a task every few seconds would be waste. So the
sentinel looks every four seconds, with one statement, whether anything is due, and calls the
scheduler then. `executions.cluster` calls `tick` from the guard loop: no thread, it forks.
"""

import logging
import time
from datetime import timedelta
from typing import Any

from django.db import Error, connection, transaction
from django.utils import timezone
from django_q.models import Schedule
from django_q.scheduler import scheduler

from executions import family, sql
from platform_agents.postgres.prepared import fetch

logger = logging.getLogger(__name__)

NAME = "schedules of modules"
_PRUNING, _ROLLING = "retention", "figures"
_LOOK_EVERY_S = 4.0
ROWS = {
    # Every ten minutes by itself, should the look ever fail to see something.
    NAME: ("executions.schedules.fire_due", 10),
    _PRUNING: ("executions.retention.prune", 60),
    _ROLLING: ("executions.rolling.roll", 10),
}
"""By name: the function, and every how many minutes."""
_ONE_AT_A_TIME = 7_305_002  # advisory lock: django_q_schedule.name is not unique
_HOW_MANY = "SELECT count(DISTINCT name) FROM django_q_schedule WHERE name = ANY (%s)"
_WAKE = sql.read("due_schedules.sql")


class ScheduleClock:
    def __init__(self, broker: Any) -> None:
        self._broker = broker
        self._down = family.Backoff()
        self._look_at = 0.0
        self._rows_are_there = False

    def tick(self) -> None:
        """Called twice a second; looks when it is time to. A database that is away is looked for
        later and later, up to every 5 s."""
        if time.monotonic() < self._look_at:
            return
        try:
            self._look()
            self._down.reset()
            wait_s = _LOOK_EVERY_S
        except Error as error:
            logger.warning("schedules: database away: %s", str(error).partition("\n")[0])
            connection.close()
            wait_s = self._down.next_s()
        self._look_at = time.monotonic() + wait_s

    def _look(self) -> None:
        if not self._rows_are_there:
            ensure_rows()
            self._rows_are_there = True
        with connection.cursor() as cursor:
            cursor.execute(_WAKE, {"name": NAME, "key": self._broker.list_key})
            due = cursor.rowcount > 0
        if due:
            scheduler(broker=self._broker)


def ensure_rows() -> None:
    """django-q2's rows, made by the first cluster that misses them: a row that somebody deleted
    comes back with the next start, which a migration could not do."""
    if fetch(_HOW_MANY, [list(ROWS)]) == [(len(ROWS),)]:
        return  # nearly always, and the sentinel is spared the memory that the ORM takes
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        for name, (function, minutes) in ROWS.items():
            Schedule.objects.get_or_create(
                name=name,
                defaults={
                    "func": function,
                    "schedule_type": Schedule.MINUTES,
                    "minutes": minutes,
                    "next_run": timezone.now() + timedelta(minutes=minutes),
                },
            )
