"""What grows with what: runs per second of a backlog, against workers, rows and organizations.

`python -m benchmarks.scaling` takes some minutes. A cluster of its own works off a backlog of
`echo` runs (no web server, so that only the runner is measured) on an embedded PostgreSQL with
fsync, and the rows' own times say how long it took. Read the ratios: the machine may be busy.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from platform_agents.postgres import embedded

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".data" / "postgres-scaling"
RESULTS = Path(__file__).parent / "results" / "scaling.json"
_ENV = {**os.environ, "LOG_LEVEL": "WARNING"}
_ROUNDS = 2
_PATIENCE_S = 300

_ORGANIZATIONS = """
WITH org AS (
  INSERT INTO public.organizations (id, name)
  SELECT 'org-' || lpad(n::text, 6, '0'), 'bench' FROM generate_series(1, %(orgs)s) AS n
  ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO public.modules (id, name, category, python_module, org_id)
SELECT 'module-' || id, 'echo', 'bench', 'echo', id FROM org"""
_RUNS = """
WITH run AS (
  SELECT gen_random_uuid()::text AS id, 'org-' || lpad((n %% %(orgs)s + 1)::text, 6, '0') AS org_id
  FROM generate_series(1, %(runs)s) AS n
), shared AS (
  INSERT INTO public.module_executions (id, module_id, org_id, input, output, status)
  SELECT id, 'module-' || org_id, org_id, '{"n": 1}', '{"n": 1}', %(status)s::public.task_status
  FROM run)
INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane, state, outcome,
                            requested_by)
SELECT id, org_id, 'module-' || org_id, 'echo', 'io', %(state)s, %(outcome)s, %(label)s FROM run"""
_LEFT = "SELECT count(*) FROM executions_run WHERE state <> 'done'"
_RATE = """
SELECT count(*) / extract(epoch FROM max(finished_at) - min(claimed_at))
FROM executions_run WHERE requested_by = %s"""


class Bench:
    """A migrated database, and backlogs to work off in it."""

    def __init__(self, db: psycopg.Connection[Any], *, url: str, runs: int) -> None:
        self.db = db
        self.url = url
        self.runs = runs
        self._round = 0

    def rates(self, *, workers: int = 2, orgs: int = 1) -> list[float]:
        """Runs per second from the first claim to the last finish, hosts warm: two backlogs."""
        with _cluster(self.url, workers):
            self._work_off(runs=50 * workers, orgs=1)
            runs = max(self.runs, orgs)
            labels = [self._work_off(runs=runs, orgs=orgs) for _ in range(2)]
        return [self._rate(label) for label in labels]

    def _rate(self, label: str) -> float:
        row = self.db.execute(_RATE, [label]).fetchone()
        assert row is not None
        return float(row[0])

    def add_done(self, rows: int) -> None:
        """History: rows of executions that finished."""
        self._insert(runs=rows, orgs=1, state="done", outcome="completed", status="completed")
        self.db.execute("VACUUM ANALYZE executions_run")

    def _work_off(self, *, runs: int, orgs: int) -> str:
        label = self._insert(runs=runs, orgs=orgs, state="queued", outcome=None, status="pending")
        self.db.execute("SELECT pg_notify('run_queued', 'io')")
        give_up = time.monotonic() + _PATIENCE_S
        while self.db.execute(_LEFT).fetchone() != (0,):
            if time.monotonic() > give_up:
                raise TimeoutError(f"{runs} runs were not done within {_PATIENCE_S} s")
            time.sleep(0.1)
        return label

    def queue(self, runs: int, *, orgs: int) -> None:
        """A backlog that nobody works off."""
        self._insert(runs=runs, orgs=orgs, state="queued", outcome=None, status="pending")
        self.db.execute("VACUUM ANALYZE")

    def _insert(self, *, orgs: int, **values: Any) -> str:
        self._round += 1
        label = f"round-{self._round}"
        self.db.execute(_ORGANIZATIONS, {"orgs": orgs})
        self.db.execute(_RUNS, {"orgs": orgs, "label": label, **values})
        return label


def measure(small: Bench, large: Bench) -> dict[str, dict[str, float]]:
    """Runs per second, the median over alternated rounds."""
    variants: dict[str, dict[str, Callable[[], list[float]]]] = {
        "workers": {str(n): partial(small.rates, workers=n) for n in (1, 2, 4)},
        "organizations": {str(n): partial(small.rates, orgs=n) for n in (1, 100, 5000)},
        "done rows": {"few": small.rates, "many": large.rates},
    }
    found = {}
    for dimension, those in variants.items():
        rates: dict[str, list[float]] = {name: [] for name in those}
        for _ in range(_ROUNDS):
            for name, rate in those.items():
                rates[name] += rate()
        found[dimension] = {name: round(statistics.median(r)) for name, r in rates.items()}
    return found


@contextmanager
def bench(name: str, *, runs: int) -> Iterator[Bench]:
    """On an empty, migrated database of this name."""
    server = embedded.ensure_running(DATA)
    where = {"host": server["HOST"], "user": server["USER"]}
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
    url = f"postgresql://{server['USER']}@/{name}?host={quote(server['HOST'], safe='')}"
    for command in ("load_shared_schema", "migrate"):
        subprocess.run(  # noqa: S603 (our own command)
            [sys.executable, "manage.py", command, "-v", "0"], cwd=ROOT, check=True,
            env={**_ENV, "DATABASE_URL": url}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    with psycopg.connect(
        **where, dbname=name, autocommit=True, options="-c search_path=platform_agents,public"
    ) as db:
        yield Bench(db, url=url, runs=runs)


@contextmanager
def _cluster(url: str, workers: int) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"], cwd=ROOT,
        env={**_ENV, "DATABASE_URL": url, "WORKERS": str(workers)}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000, help="runs in a backlog")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of finished executions")
    given = parser.parse_args()
    load = round(os.getloadavg()[0], 2)
    with bench("small", runs=given.runs) as small, bench("large", runs=given.runs) as large:
        large.add_done(given.rows)
        found = {
            "date": time.strftime("%Y-%m-%d"),
            "cores": os.cpu_count(),
            "load_before": load,
            "runs": given.runs,
            "many_rows": given.rows,
            "runs_per_s": measure(small, large),
        }
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
