"""What one claim costs, against how many runs are queued and how many organizations wait.

`python -m benchmarks.claim_cost` takes some minutes. Each claim is of one run, alone, and rolled
back, so that the next one finds the same queue. The databases take turns. Milliseconds are seen
from the client, buffers are what PostgreSQL read: read the ratios, the machine may be busy.
"""

import json
import os
import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.scaling import Bench, bench

RESULTS = Path(__file__).parent / "results" / "claim_cost.json"
QUEUES = {
    "10 of 1": (10, 1),
    "1,000,000 of 1": (1_000_000, 1),
    "1,000,000 of 5,000": (1_000_000, 5000),
}
_CLAIM = "SELECT * FROM executions_claim('io', 1, 'bench')"
_ROUNDS, _CLAIMS = 20, 20
_BASE = "10 of 1"


def _claim_ms(db: psycopg.Connection[Any]) -> float:
    with db.transaction(force_rollback=True):
        start = time.perf_counter()
        found = db.execute(_CLAIM, prepare=True).fetchall()
        elapsed_s = time.perf_counter() - start
    assert len(found) == 1
    return elapsed_s * 1000


def _buffers(db: psycopg.Connection[Any]) -> int:
    """Of a claim whose plans are made already."""
    with db.transaction(force_rollback=True):
        explained = db.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {_CLAIM}").fetchone()
    assert explained is not None
    plan = explained[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def measure(queues: dict[str, Bench]) -> dict[str, dict[str, float]]:
    """ms: the median of all claims. ratio: to the smallest queue."""
    times: dict[str, list[float]] = {name: [] for name in queues}
    for queue in queues.values():
        for _ in range(_CLAIMS):
            _claim_ms(queue.db)
    for _ in range(_ROUNDS):
        for name, queue in queues.items():
            times[name] += [_claim_ms(queue.db) for _ in range(_CLAIMS)]
    ms = {name: statistics.median(found) for name, found in times.items()}
    return {
        name: {
            "ms": round(ms[name], 3),
            "ratio": round(ms[name] / ms[_BASE], 2),
            "buffers": _buffers(queue.db),
        }
        for name, queue in queues.items()
    }


def main() -> None:
    load = round(os.getloadavg()[0], 2)
    with ExitStack() as stack:
        queues = {}
        for number, (name, (runs, orgs)) in enumerate(QUEUES.items()):
            queues[name] = stack.enter_context(bench(f"claims_{number}", runs=runs))
            queues[name].queue(runs, orgs=orgs)
        found = {
            "date": time.strftime("%Y-%m-%d"),
            "cores": os.cpu_count(),
            "load_before": load,
            "queued runs of organizations": measure(queues),
        }
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
