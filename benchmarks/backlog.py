"""A backlog of no-op runs: queued while the workers stand still, then timed to the last one done.

SIGSTOP holds the workers, so that submitting and running do not mix; the clock starts with SIGCONT
and is the database's own, up to the last row's completed_at.
"""

import datetime as dt
import time
from typing import Any

import psycopg

from benchmarks.databases import RowsAreWrong, check_rows
from benchmarks.figures import Case, Figures
from benchmarks.load import drive
from benchmarks.systems import System
from benchmarks.workloads import Plan, Turn

_SUBMITTERS = 10
_DONE_WITHIN_S = 120
_NOW = "SELECT clock_timestamp() AT TIME ZONE 'utc'"
_LEFT = "SELECT count(*) FROM public.module_executions WHERE status::text IN ('pending', 'running')"
_LAST = "SELECT max(completed_at) FROM public.module_executions"


def backlog(turns: list[Turn], plan: Plan) -> Case:
    case = Case(workload="backlog", title=f"{plan.backlog:,} no-op runs queued")
    for _ in range(plan.rounds):
        for turn in turns:
            case.add(turn.name, _drain(turn.system, plan.backlog))
    return case


def _drain(system: System, runs: int) -> Figures:
    before = system.database.rows()
    _queue(system, runs)
    with system.database.connect() as db:
        queued = _one(db, _LEFT)
        start = _one(db, _NOW)
        for worker in system.worker_processes:
            worker.resume()
        _wait_until_done(db)
        took: dt.timedelta = _one(db, _LAST) - start
    if queued != runs:
        raise RowsAreWrong(f"{system.name}: {runs - queued} of {runs} runs did not wait")
    check_rows(system.name, before=before, after=system.database.rows(), runs=runs)
    seconds = took.total_seconds()
    return {"runs/s": runs / seconds, "total s": seconds}


def _queue(system: System, runs: int) -> None:
    """Leaves the workers stopped, unless it fails."""
    try:
        for worker in system.worker_processes:
            worker.pause()
        load = system.load("echo", {"hello": "world"}, callers=_SUBMITTERS,
                           calls=runs // _SUBMITTERS, wait=False)  # fmt: skip
        if (outcome := drive(load)).errors:
            raise RuntimeError(f"{system.name} did not take the backlog: {outcome.first_errors}")
    except BaseException:
        for worker in system.worker_processes:
            worker.resume()
        raise


def _wait_until_done(db: psycopg.Connection[Any]) -> None:
    deadline = time.monotonic() + _DONE_WITHIN_S
    while _one(db, _LEFT):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the backlog was not done within {_DONE_WITHIN_S} s")
        time.sleep(0.25)


def _one(db: psycopg.Connection[Any], query: str) -> Any:
    [value] = db.execute(query).fetchone() or [None]
    return value
