"""How quick the lists of executions are with a million rows: the admin's page and the API.

`python -m benchmarks.admin_list` takes some minutes. The web server runs as shipped, one process,
on an embedded PostgreSQL with our indexes; people sign in, keys are sent, and each answer is read
to its end. The cases take turns, so that all of them meet the machine in the same moods.
"""

import argparse
import datetime as dt
import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import bcrypt
import httpx
import psycopg

from benchmarks import million
from benchmarks.figures import percentile
from benchmarks.processes import ROOT, Process, free_port, python, wait_listening
from benchmarks.scaling import Bench, bench
from platform_agents.listing.cursor import Position

RESULTS = Path(__file__).parent / "results" / "admin_list.json"
PROMISED_P99_MS = 150
_PASSWORD = "correct horse battery staple"  # noqa: S105 (of a database that is thrown away)
_PEOPLE = {"big organization": ("big", "admin"), "small organization": ("small-00", "admin"),
           "superuser": ("big", "super_admin")}  # fmt: skip
_MIDDLE = million.NOW - dt.timedelta(days=million.DAYS / 2)
_BEFORE = f"{_MIDDLE:%Y-%m-%dT%H:%M:%SZ}"
_DEEP = str(Position(order="started_at", at=_MIDDLE, id="~"))
_DEEP_RUNS = str(Position(order="queued_at", at=_MIDDLE, id="~"))


def admin_cases(org: str) -> dict[str, dict[str, str]]:
    return {
        "first page": {},
        "deep page": {"older": _DEEP},
        "deep page, back": {"newer": _DEEP},
        **{f"outcome {one}": {"outcome": one}
           for one in ("completed", "failed", "cancelled", "lost", "unsuccessful")},
        "outcome failed, deep": {"outcome": "failed", "older": _DEEP_RUNS},
        **{f"state {one}": {"state": one} for one in ("queued", "running", "done")},
        "state running, a month ago": {"state": "running", "until": f"{_MIDDLE:%Y-%m-%dT%H:%M}"},
        **{f"origin {one}": {"origin": one} for one in ("api", "schedule", "admin")},
        "module, busy": {"module": f"{org}-0"},
        "module, quiet": {"module": f"{org}-9"},
        "module and failed": {"module": f"{org}-9", "outcome": "failed"},
        "last hour": {"since": "1h"},
        "ended, last day": {"by": "ended", "since": "24h"},
        "ended, last week, failures": {"by": "ended", "since": "7d", "outcome": "failures"},
        "ended, last month": {"by": "ended", "since": "30d"},
        "a day a month ago": {"start": f"{_MIDDLE:%Y-%m-%dT%H:%M}",
                              "until": f"{_MIDDLE + dt.timedelta(days=1):%Y-%m-%dT%H:%M}"},
        **{f"took step {one}": {"took": one} for one in ("1", "2", "3", "4")},
        "task": {"task": f"{org}-task-7"},
        "search, a module's name": {"q": f"{org} module 3"},
        "search, nothing": {"q": "no such thing"},
    }  # fmt: skip


def api_cases(org: str) -> dict[str, dict[str, str]]:
    return {
        "first page": {},
        "deep page": {"cursor": _DEEP},
        **{f"status {one}": {"status": one}
           for one in ("completed", "failed", "running", "pending")},
        **{f"outcome {one}": {"outcome": one} for one in ("completed", "failed", "lost")},
        **{f"state {one}": {"state": one} for one in ("queued", "running", "done")},
        **{f"origin {one}": {"origin": one} for one in ("api", "schedule", "admin")},
        "status running, a month ago": {"status": "running", "created_before": _BEFORE},
        "module_id": {"module_id": f"{org}-0"},
        "module_id and status failed": {"module_id": f"{org}-9", "status": "failed"},
        "task_id": {"task_id": f"{org}-task-7"},
        "created_before": {"created_before": _BEFORE},
    }  # fmt: skip


@dataclass(kw_only=True)
class Case:
    who: str
    name: str
    ask: Callable[[], httpx.Response]
    seconds: list[float] = field(default_factory=list)

    def once(self) -> None:
        start = time.perf_counter()
        answer = self.ask()
        self.seconds.append(time.perf_counter() - start)
        assert answer.status_code == httpx.codes.OK, f"{self.name}: {answer.status_code}"
        assert "takes too long to find" not in answer.text, self.name

    def figures(self) -> dict[str, Any]:
        return {
            "who": self.who,
            "case": self.name,
            "p50 ms": round(percentile(self.seconds, 50) * 1000, 1),
            "p99 ms": round(percentile(self.seconds, 99) * 1000, 1),
        }


def _account(db: psycopg.Connection[Any], who: str, org: str, role: str) -> str:
    """An account of the platform, and its e-mail address."""
    email = f"{who.replace(' ', '-')}@example.com"
    stored = bcrypt.hashpw(_PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    db.execute(
        "INSERT INTO public.users (name, email, password, role, org_id) "
        "VALUES (%s, %s, %s, %s, %s)",
        [who, email, stored, role, org],
    )
    return email


def _signed_in(url: str, email: str) -> httpx.Client:
    client = httpx.Client(base_url=url, timeout=60)
    client.get("/admin/login/")
    answer = client.post(
        "/admin/login/",
        data={"username": email, "password": _PASSWORD,
              "csrfmiddlewaretoken": client.cookies["csrftoken"]},
        headers={"Referer": f"{url}/admin/login/"},
    )  # fmt: skip
    assert answer.status_code == httpx.codes.FOUND, "the benchmark could not sign in"
    return client


def _key(db: psycopg.Connection[Any], org: str) -> str:
    key = f"abw_{secrets.token_hex(32)}"
    db.execute(
        "INSERT INTO public.api_keys (org_id, name, key) VALUES (%s, 'bench', %s)", [org, key]
    )
    return key


def cases(db: psycopg.Connection[Any], url: str) -> list[Case]:
    found = []
    for who, (org, role) in _PEOPLE.items():
        client = _signed_in(url, _account(db, who, org, role))
        for name, query in admin_cases(org).items():
            path = f"/admin/executions/moduleexecution/?{urlencode(query)}"
            found.append(Case(who=f"admin, {who}", name=name, ask=partial(client.get, path)))
    for org in ("big", "small-00"):
        client = httpx.Client(base_url=url, headers={"X-API-Key": _key(db, org)}, timeout=60)
        for name, query in api_cases(org).items():
            path = f"/executions?{urlencode({'limit': '50', **query})}"
            found.append(Case(who=f"API, {org}", name=name, ask=partial(client.get, path)))
    return found


def _web(database: Bench) -> tuple[Process, str]:
    port = free_port()
    command = python("-m", "uvicorn", "platform_agents.asgi:application", "--host", "127.0.0.1",
                     "--port", str(port), "--log-level", "warning")  # fmt: skip
    env = {
        "DATABASE_URL": database.url,
        "LOG_LEVEL": "WARNING",
        "RATE_LIMIT_READS": "",
        "RATE_LIMIT_ORG": "",
    }
    web = Process("admin-list-web", command, env=env)
    wait_listening(web, port, seconds=60)
    return web, f"http://127.0.0.1:{port}"


def _indexes(database: Bench) -> None:
    subprocess.run(  # noqa: S603 (our own command)
        python("manage.py", "ensure_shared_indexes"), cwd=ROOT, check=True,
        env={**os.environ, "DATABASE_URL": database.url}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    database.db.execute("VACUUM ANALYZE")


def table(found: list[dict[str, Any]]) -> str:
    lines = ["| who | list | p50 ms | p99 ms |", "| --- | --- | --- | --- |"]
    lines += [f"| {f['who']} | {f['case']} | {f['p50 ms']} | {f['p99 ms']} |" for f in found]
    return "\n".join(lines)


def measure(url: str, database: Bench, rounds: int) -> list[dict[str, Any]]:
    every = cases(database.db, url)
    for case in every:
        case.once()
        case.seconds.clear()  # the first meets a cold cache and unmade plans
    for _ in range(rounds):
        for case in every:
            case.once()
    return [case.figures() for case in every]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    given = parser.parse_args()
    with bench("admin_list", runs=0) as database:
        million.load(database.db, million.shares(given.rows))
        _indexes(database)
        web, url = _web(database)
        try:
            load = round(os.getloadavg()[0], 2)
            found = measure(url, database, given.rounds)
        finally:
            web.end()
    report = {
        "date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(), "load_before": load,
        "load_after": round(os.getloadavg()[0], 2), "rows": given.rows, "rounds": given.rounds,
        "promised p99 ms": PROMISED_P99_MS, "lists": found,
    }  # fmt: skip
    RESULTS.write_text(json.dumps(report, indent=2) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
