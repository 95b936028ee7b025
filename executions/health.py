"""Figures about the queue as a whole, for readiness: no organization's rows are told apart."""

from dataclasses import dataclass

from django.db import connection

_SQL = """
SELECT extract(epoch FROM now() - (SELECT max(beat_at) FROM executions_worker))::float8,
       coalesce(extract(epoch FROM now() - (
           SELECT min(available_at) FROM executions_run r
           WHERE state = 'queued' AND available_at <= now()
             AND NOT EXISTS (SELECT 1 FROM executions_killswitch k WHERE k.paused)
             AND NOT EXISTS (SELECT 1 FROM modules_policy m
                             WHERE m.module_id = r.module_id AND m.paused)
             AND NOT EXISTS (SELECT 1 FROM tenancy_policy t
                             WHERE t.org_id = r.org_id AND t.paused))), 0)::float8,
       EXISTS (SELECT 1 FROM executions_killswitch k WHERE k.paused)
"""


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Seconds: since the youngest heartbeat (None: never), and of the oldest run's wait, among
    those that nobody paused. paused: everything is."""

    beat_s: float | None
    oldest_s: float
    paused: bool


def backlog() -> Backlog:
    with connection.cursor() as cursor:
        cursor.execute(_SQL)
        beat_s, oldest_s, paused = cursor.fetchone()
    return Backlog(beat_s=beat_s, oldest_s=oldest_s, paused=paused)
