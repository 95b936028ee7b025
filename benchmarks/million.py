"""A million executions of several organizations, as a year of work leaves them, by COPY.

Outcomes, origins and durations are mostly the usual ones and seldom each of the others; a few rows
are the gateway's own and were never submitted. Seeded, so that every round has the same rows.
"""

import datetime as dt
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAYS = 60
MODULES = 10
_SEED = 7
_INPUT = json.dumps({"text": "x" * 300})
_OUTCOMES = {"completed": 9480, "failed": 350, "timed_out": 100, "cancelled": 69, "lost": 1}
_ORIGINS = {"api": 8990, "schedule": 500, "workflow": 400, "retry": 100, "admin": 10}
_SHARED = ("id", "module_id", "task_id", "input", "output", "status", "error", "started_at",
           "completed_at", "org_id")  # fmt: skip
_RUN = (
    "execution_id", "org_id", "module_id", "agent", "lane", "state", "outcome", "attempt",
    "queued_at", "claimed_at", "finished_at", "origin", "requested_by", "lease_until",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Share:
    """An organization and how many executions it has; `live` of them queued and as many running."""

    org_id: str
    rows: int
    live: int = 0
    modules: list[str] = field(default_factory=list)


def shares(rows: int) -> list[Share]:
    """One big organization, forty middling, some small ones. The big one has a backlog."""
    big = rows * 7 // 10
    middling = rows * 29 // 100 // 40
    given = [Share(org_id="big", rows=big, live=2_000)]
    given += [Share(org_id=f"middling-{n:02}", rows=middling, live=5) for n in range(40)]
    left = rows - sum(share.rows for share in given)
    return given + [Share(org_id=f"small-{n:02}", rows=left // 20) for n in range(20)]


def load(db: psycopg.Connection[Any], given: list[Share]) -> None:
    for share in given:
        _own(db, share)
    chance = random.Random(_SEED)  # noqa: S311 (no secret)
    rows = [(share, chance.random()) for share in given for _ in range(share.rows)]
    rows.sort(key=lambda row: row[1])
    _copy(db, "public.module_executions", _SHARED, (shared for shared, _ in _rows(rows)))
    _copy(db, "platform_agents.executions_run", _RUN, (run for _, run in _rows(rows) if run))
    _live(db, given)
    db.execute("VACUUM ANALYZE")


def _own(db: psycopg.Connection[Any], share: Share) -> None:
    org = share.org_id
    db.execute("INSERT INTO public.organizations (id, name) VALUES (%s, %s)", [org, org.title()])
    db.execute(
        "INSERT INTO public.modules (id, name, category, python_module, org_id) "
        "SELECT %(org)s || '-' || n, initcap(%(org)s) || ' module ' || n, 'bench', 'echo', %(org)s "
        "FROM generate_series(0, %(most)s) n",
        {"org": org, "most": MODULES - 1},
    )
    db.execute(
        "INSERT INTO public.users (id, name, email, password, org_id) "
        "VALUES (%(org)s, 'Pat', %(email)s, 'x', %(org)s)",
        {"org": org, "email": f"{org}@tasks.example.com"},
    )
    db.execute(
        "INSERT INTO public.tasks (id, description, user_id, org_id) "
        "SELECT %(org)s || '-task-' || n, 'a task', %(org)s, %(org)s FROM generate_series(0, 99) n",
        {"org": org},
    )


def _rows(rows: list[tuple[Share, float]]) -> Iterator[tuple[Any, Any]]:
    """The same ones each time: a million of them need not be held."""
    chance = random.Random(_SEED)  # noqa: S311 (no secret)
    outcomes = chance.choices([*_OUTCOMES], [*_OUTCOMES.values()], k=len(rows))
    origins = chance.choices([*_ORIGINS], [*_ORIGINS.values()], k=len(rows))
    for number, (share, when) in enumerate(rows):
        at = NOW - dt.timedelta(days=DAYS) * (1 - when) - dt.timedelta(hours=1)
        yield _row(number, share, at, outcomes[number], origins[number], chance)


def _row(
    number: int, share: Share, at: dt.datetime, outcome: str, origin: str, chance: random.Random
) -> tuple[Any, Any]:
    row_id = f"{number:08x}-{chance.getrandbits(64):016x}"
    module = f"{share.org_id}-{int(chance.random() ** 3 * MODULES)}"  # one is busy, one is rare
    task = f"{share.org_id}-task-{number % 100}" if chance.random() < 0.01 else None
    took = dt.timedelta(seconds=min(chance.paretovariate(0.9) / 10, 3_000))
    end, status = at + took, "completed" if outcome == "completed" else "failed"
    error = None if status == "completed" else "The model server answered 503, three times."
    shared = (row_id, module, task, _INPUT, _INPUT, status, error, at.replace(tzinfo=None),
              end.replace(tzinfo=None), share.org_id)  # fmt: skip
    if chance.random() < 0.01:
        return shared, None
    return shared, (row_id, share.org_id, module, "echo", "io", "done", outcome, 1, at, at, end,
                    origin, "user:pat" if origin == "admin" else "key:gone", None)  # fmt: skip


def _copy(
    db: psycopg.Connection[Any], table: str, columns: tuple[str, ...], rows: Iterator[Any]
) -> None:
    with db.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _live(db: psycopg.Connection[Any], given: list[Share]) -> None:
    """What is queued and what runs, the newest of all."""
    shared, runs = [], []
    for share in given:
        for number in range(2 * share.live):
            running = number % 2
            at = NOW - dt.timedelta(seconds=number)
            row_id, module = f"live-{share.org_id}-{number}", f"{share.org_id}-0"
            shared.append((row_id, module, None, _INPUT, None, "running" if running else "pending",
                           None, at.replace(tzinfo=None), None, share.org_id))  # fmt: skip
            runs.append((row_id, share.org_id, module, "echo", "io",
                         "running" if running else "queued", None, running, at,
                         at if running else None, None, "api", "key:gone",
                         NOW + dt.timedelta(days=1) if running else None))  # fmt: skip
    _copy(db, "public.module_executions", _SHARED, iter(shared))
    _copy(db, "platform_agents.executions_run", _RUN, iter(runs))
