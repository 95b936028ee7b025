"""A lone no-op run without the web, ours beside the floor: submit to "it is done", heard by LISTEN.

`python -m benchmarks.lone FLOOR_DSN ORG ROUNDS CALLS` is the caller of both, in alternated rounds:
ours through `executions.dispatch.submit`, the floor's by its own INSERT and NOTIFY. It prints
seconds by system and round. `lone_runs` starts it, with the floor's two workers.
"""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable

import psycopg

from benchmarks.databases import Database
from benchmarks.processes import ROOT, Process, python
from benchmarks.systems import System

_WARM_UP = 30
_HEARD_WITHIN_S = 20
_INSERT = """
INSERT INTO public.module_executions (id, module_id, org_id, input, status, started_at)
SELECT %s, m.id, m.org_id, %s, 'pending', now() AT TIME ZONE 'utc'
FROM public.modules m WHERE m.org_id = %s AND m.python_module = 'echo'"""
_INPUT = {"hello": "world"}

Rounds = dict[str, list[list[float]]]


def lone_runs(floor: Database, ours: System, *, rounds: int, calls: int) -> Rounds:
    """Seconds per run: `{"ours": [round, …], "floor": [round, …]}`."""
    workers = [
        Process(f"floor-worker-{n}", python("-m", "benchmarks.floor", floor.dsn), grace_s=2)
        for n in (1, 2)
    ]
    try:
        given = (floor.dsn, ours.tenant.org_id, str(rounds), str(calls))
        caller = python("-m", "benchmarks.lone", *given)
        found = subprocess.run(  # noqa: S603 (this module)
            caller, cwd=ROOT, env={**os.environ, **ours.env}, stdout=subprocess.PIPE, check=True,
            timeout=60 + rounds * 60,
        )  # fmt: skip
        result: Rounds = json.loads(found.stdout)
        return result
    finally:
        for worker in workers:
            worker.end()


def expected_rows(*, rounds: int, calls: int) -> int:
    return rounds * calls + _WARM_UP


def _ours(org_id: str) -> Callable[[], None]:
    import django  # noqa: PLC0415 (only the caller's process needs it)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_agents.settings")
    django.setup()
    from executions.dispatch import new_execution_id, submit  # noqa: PLC0415
    from executions.submission import Submission  # noqa: PLC0415
    from platform_agents.postgres.base import connect  # noqa: PLC0415

    listener = connect()
    listener.execute("LISTEN run_done")

    def run() -> None:
        execution_id = new_execution_id()
        submission = Submission(org_id=org_id, module="echo", input_data=_INPUT, awaited=True)
        submit(submission, execution_id=execution_id)
        _hear(listener, execution_id)

    return run


def _floor(dsn: str, org_id: str) -> Callable[[], None]:
    listener = psycopg.connect(dsn, autocommit=True)
    listener.execute("LISTEN floor_done")
    db = psycopg.connect(dsn, autocommit=True, prepare_threshold=0)
    text = json.dumps(_INPUT)

    def run() -> None:
        execution_id = str(uuid.uuid4())
        db.execute(_INSERT, [execution_id, text, org_id])
        db.execute("NOTIFY floor_queued")
        _hear(listener, execution_id)

    return run


def _hear(listener: psycopg.Connection, execution_id: str) -> None:
    for note in listener.notifies(timeout=_HEARD_WITHIN_S):
        if note.payload == execution_id:
            return
    raise TimeoutError(f"nothing was heard of a run for {_HEARD_WITHIN_S} s")


def _timed(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _alternate(runs: dict[str, Callable[[], None]], *, rounds: int, calls: int) -> Rounds:
    for run in runs.values():
        for _ in range(_WARM_UP):
            run()
    found: Rounds = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append([_timed(run) for _ in range(calls)])
    return found


if __name__ == "__main__":
    dsn, org = sys.argv[1:3]
    both = {"ours": _ours(org), "floor": _floor(dsn, org)}
    found = _alternate(both, rounds=int(sys.argv[3]), calls=int(sys.argv[4]))
    json.dump(found, sys.stdout)
