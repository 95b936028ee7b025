"""The first honest figures: how long `POST /execute` takes on `echo`, and what idling costs.

Latency is seen by a caller on a kept-alive connection, one call at a time after a warm-up, beside
a floor measured in the same alternated run: the same call to `GET /health`, which is the web
server alone. Idle queries are counted by PostgreSQL itself over a quiet minute.
"""

import http.client
import json
import statistics
import time
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from benchmarks.installation import Installation

WARM_UP, ROUNDS, CALLS = 50, 10, 50


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Milliseconds."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Latency":
        cuts = statistics.quantiles(seconds, n=100)
        return cls(p50=round(cuts[49] * 1000, 2), p95=round(cuts[94] * 1000, 2))


def execute_latency(installation: Installation) -> dict[str, object]:
    """p50 and p95 of POST /execute on echo, and of GET /health, in alternated rounds."""
    caller = _Caller(installation)
    for _ in range(WARM_UP):
        caller.execute()
    execute: list[float] = []
    health: list[float] = []
    for _ in range(ROUNDS):
        execute += [_timed(caller.execute) for _ in range(CALLS)]
        health += [_timed(caller.health) for _ in range(CALLS)]
    whole, web = Latency.of(execute), Latency.of(health)
    return {
        "calls": len(execute),
        "execute_ms": asdict(whole),
        "health_ms": asdict(web),
        "ratio_p50": round(whole.p50 / web.p50, 1),
    }


def idle_queries(installation: Installation, *, seconds: int = 60) -> dict[str, object]:
    """Transactions per second that PostgreSQL counts while nothing is asked of the product."""
    time.sleep(15)  # statistics reach the view up to ten seconds late
    before, sessions = _transactions(installation)
    time.sleep(seconds)
    after, later = _transactions(installation)
    return {
        "seconds": seconds,
        "queries_per_s": round((after - before - 1) / seconds, 2),
        "new_connections": later - sessions,
    }


def _transactions(installation: Installation) -> tuple[int, int]:
    row = installation.db.execute(
        "SELECT xact_commit + xact_rollback, sessions FROM pg_stat_database "
        "WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _timed(call: object) -> float:
    start = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - start


class _Caller:
    """One kept-alive connection, as the gateway's HTTP agent holds it."""

    def __init__(self, installation: Installation) -> None:
        self.http = http.client.HTTPConnection(urlsplit(installation.url).netloc, timeout=60)
        self.headers = {"X-API-Key": installation.key, "Content-Type": "application/json"}
        self.body = json.dumps(
            {"module_id": "echo", "org_id": installation.org_id, "input_data": {"hello": "world"}}
        )

    def execute(self) -> None:
        self.http.request("POST", "/execute", self.body, self.headers)
        response = self.http.getresponse()
        answer = json.loads(response.read())
        if response.status != 200 or answer["status"] != "completed":
            raise RuntimeError(f"POST /execute answered {response.status}: {answer}")

    def health(self) -> None:
        self.http.request("GET", "/health")
        self.http.getresponse().read()
