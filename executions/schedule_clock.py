"""Wakes django-q2's scheduler when a module's schedule is due.

django-q2 has one row for all schedules of modules; its task is `executions.schedules.fire_due`. The
sentinel asks its scheduler every 30 s only, and a task every few seconds would be waste. So the
sentinel looks every two seconds, with one statement, whether anything is due, and calls the
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
_FUNCTION = "executions.schedules.fire_due"
_LOOK_EVERY_S = 4.0
_AT_LEAST_EVERY_MIN = 10  # should the look ever fail to see something
_ONE_AT_A_TIME = 7_305_002  # advisory lock: django_q_schedule.name is not unique
_IS_THERE = "SELECT 1 FROM django_q_schedule WHERE name = %s LIMIT 1"
_WAKE = sql.read("due_schedules.sql")


class ScheduleClock:
    def __init__(self, broker: Any) -> None:
        self._broker = broker
        self._down = family.Backoff()
        self._look_at = 0.0
        self._row_is_there = False

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
        if not self._row_is_there:
            ensure_row()
            self._row_is_there = True
        with connection.cursor() as cursor:
            cursor.execute(_WAKE, {"name": NAME, "key": self._broker.list_key})
            due = cursor.rowcount > 0
        if due:
            scheduler(broker=self._broker)


def ensure_row() -> None:
    """django-q2's row, made by the first cluster that misses it: a row that somebody deleted comes
    back with the next start, which a migration could not do."""
    if fetch(_IS_THERE, [NAME]):
        return  # nearly always, and the sentinel is spared the memory that the ORM takes
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        Schedule.objects.get_or_create(
            name=NAME,
            defaults={
                "func": _FUNCTION,
                "schedule_type": Schedule.MINUTES,
                "minutes": _AT_LEAST_EVERY_MIN,
                "next_run": timezone.now() + timedelta(minutes=_AT_LEAST_EVERY_MIN),
            },
        )
