"""The floor: the least that any runner on PostgreSQL must do, written by hand.

`python -m benchmarks.floor DSN` is a worker: LISTEN, claim the oldest pending row of
`module_executions` with SKIP LOCKED, mark it running, do nothing, mark it completed, notify.
Three durable commits a run (the caller's insert is the first), no run table, no fairness, no
agent process. What the product takes longer than this is the price of everything it promises.
`benchmarks.lone` is its caller.
"""

import sys
from contextlib import suppress

import psycopg

from benchmarks import databases
from benchmarks.databases import Database, Tenant

INDEX = """
CREATE INDEX floor_pending ON public.module_executions (started_at) WHERE status = 'pending'"""
_CLAIM = """
UPDATE public.module_executions SET status = 'running', started_at = now() AT TIME ZONE 'utc'
WHERE id = (SELECT id FROM public.module_executions WHERE status = 'pending'
            ORDER BY started_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, input"""
_FINISH = """
UPDATE public.module_executions
SET status = 'completed', output = %s, completed_at = now() AT TIME ZONE 'utc' WHERE id = %s"""


def floor_database(tenant: Tenant) -> Database:
    database = databases.fresh("bench_floor")
    databases.load_schema(database)
    databases.seed(database, tenant)
    with database.connect() as db:
        db.execute(INDEX)
    return database


def work(dsn: str) -> None:
    """Until its connection is closed from outside, or SIGTERM."""
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=0) as conn:
        conn.execute("LISTEN floor_queued")
        while True:
            while (row := conn.execute(_CLAIM).fetchone()) is not None:
                conn.execute(_FINISH, [row[1], row[0]])
                conn.execute("SELECT pg_notify('floor_done', %s)", [row[0]])
            for _ in conn.notifies(timeout=5, stop_after=1):
                pass


if __name__ == "__main__":
    with suppress(psycopg.OperationalError):
        work(sys.argv[1])
