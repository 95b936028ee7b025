"""A day of runs of a company's modules, as it would have been: rows of the past, nothing runs."""

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests.factories import Org

_RUN = """
WITH run AS (
  INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane, state, outcome, attempt,
    max_attempts, queued_at, available_at, claimed_at, finished_at, origin, requested_by, usage)
  VALUES (%(id)s, %(org)s, %(module)s, %(agent)s, 'io', 'done', %(outcome)s, 1, 3, %(asked)s,
    %(asked)s, %(asked)s + interval '40 ms', %(ended)s, %(origin)s, %(by)s, %(usage)s))
INSERT INTO public.module_executions
  (id, module_id, org_id, input, output, status, error, started_at, completed_at)
VALUES (%(id)s, %(module)s, %(org)s, %(input)s, %(output)s, %(status)s, %(error)s,
  %(asked)s AT TIME ZONE 'utc', %(ended)s AT TIME ZONE 'utc')"""
_FIGURES = """
WITH marker AS MATERIALIZED (SELECT until FROM executions_figuresuntil WHERE id = 1 FOR UPDATE)
INSERT INTO executions_hour
  (org_id, module_id, hour, completed, failed, timed_out, cancelled, lost, durations,
   cost_usd, tokens)
SELECT f.* FROM marker m, executions_figures(now() - interval '2 days', m.until, ARRAY[%s]) f"""
"""What the hourly figures would have counted by now, had these runs ended when they say so."""


@dataclass(frozen=True, kw_only=True)
class Habit:
    """How a module runs: so many times in a busy hour, for about so long."""

    module: str
    agent: str
    busy: int
    seconds: float
    cost: float = 0
    fails: float = 0.01
    error: str = ""
    given: Any = None


def live_through_a_day(db: psycopg.Connection[Any], org: Org, habits: list[Habit]) -> None:
    """The same for everybody: the numbers are drawn with a fixed seed."""
    now = datetime.now(UTC)
    with db.cursor() as cursor:
        cursor.executemany(_RUN, [
            row for number, habit in enumerate(habits)
            for row in _runs(habit, org, now, random.Random(number))
        ])  # fmt: skip
    db.execute(_FIGURES, [org.id])


def _runs(habit: Habit, org: Org, now: datetime, luck: random.Random) -> Iterator[dict[str, Any]]:
    for hours_ago in range(1, 23):
        asleep = 8 <= hours_ago < 16
        for _ in range(luck.randint(0, 1) if asleep else round(habit.busy * luck.uniform(0.5, 1))):
            took = timedelta(seconds=habit.seconds * luck.uniform(0.6, 1.9))
            ended = now - timedelta(hours=hours_ago) + timedelta(minutes=luck.uniform(0, 55))
            yield _row(habit, org, ended, took, luck)


def _row(
    habit: Habit, org: Org, ended: datetime, took: timedelta, luck: random.Random
) -> dict[str, Any]:
    failed = luck.random() < habit.fails
    outcome = "failed" if failed else luck.choices(["completed", "cancelled"], [80, 1])[0]
    usage = [{"model": "gpt-4o-mini", "input_tokens": 900, "cost_usd": habit.cost}]
    return {
        "id": str(uuid.uuid4()), "org": org.id, "module": habit.module, "agent": habit.agent,
        "outcome": outcome, "asked": ended - took, "ended": ended, "origin": "api",
        "by": f"key:{org.key_id}", "usage": json.dumps(usage) if habit.cost else None,
        "input": json.dumps(habit.given or {}),
        "output": '{"done": true}' if outcome == "completed" else None,
        "status": "completed" if outcome == "completed" else "failed",
        "error": habit.error if failed else "Cancelled." if outcome == "cancelled" else None,
    }  # fmt: skip
