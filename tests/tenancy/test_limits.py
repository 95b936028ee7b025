"""Limits of calls on the running installation: who is refused, how it reads, and what it costs."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from platform_agents.tenancy.buckets import forget_unused
from platform_agents.tenancy.models import Bucket
from tests import factories
from tests.factories import Org
from tests.live import Live
from tests.processes import Web, wait_until


def limit(live: Live, org: Org, *, per_s: float, burst: float) -> None:
    live.db.execute(
        "INSERT INTO tenancy_policy (org_id, rate_per_s, rate_burst) VALUES (%(org)s, %(s)s, %(b)s)"
        " ON CONFLICT (org_id) DO UPDATE SET rate_per_s = %(s)s, rate_burst = %(b)s",
        {"org": org.id, "s": per_s, "b": burst},
    )


def pass_time(live: Live, org: Org, seconds: float) -> None:
    live.db.execute(
        "UPDATE tenancy_bucket SET filled_at = filled_at - make_interval(secs => %s) "
        "WHERE name = %s",
        [seconds, f"org:{org.id}"],
    )


def submit(live: Live, org: Org) -> httpx.Response:
    return live.execute(org, "echo", prefer="respond-async")


def refusal(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 429
    body: dict[str, Any] = response.json()
    assert body["code"] == "rate_limited"
    assert body["detail"].endswith(f"Try again in {response.headers['retry-after']} s.")
    return body


@pytest.fixture
def orgs(live: Live) -> tuple[Org, Org]:
    acme, globex = (factories.organization(live.db, name=name) for name in ("Acme", "Globex"))
    for org in (acme, globex):
        factories.module(live.db, org=org)
    return acme, globex


@contextmanager
def another_web(live: Live, folder: Path, **env: str) -> Iterator[str]:
    web = Web(env={**live.env, **env}, log=folder / "web.log")
    try:
        web.wait_ready()
        yield web.url
    finally:
        web.stop()


def test_an_organization_over_its_limit_is_told_which_and_how_long(
    live: Live, orgs: tuple[Org, Org]
) -> None:
    acme, globex = orgs
    limit(live, acme, per_s=0.01, burst=3)
    assert [submit(live, acme).status_code for _ in range(3)] == [202] * 3
    before = live.rows(acme)
    response = submit(live, acme)
    body = refusal(response)
    assert "runs of this organization: 0.01 a second are allowed, 3 at once" in body["detail"]
    assert list(body["errors"]) == ["org_id"]
    assert 90 <= int(response.headers["retry-after"]) <= 100
    assert live.rows(acme) == before, "refused work leaves nothing behind"
    assert submit(live, globex).status_code == 202
    assert live.get(acme, "/executions/none").status_code == 404, "reads are counted apart"


def test_after_the_seconds_it_was_told_it_is_served_and_not_before(
    live: Live, orgs: tuple[Org, Org]
) -> None:
    acme, _ = orgs
    limit(live, acme, per_s=0.01, burst=1)
    assert submit(live, acme).status_code == 202
    wait_s = int(submit(live, acme).headers["retry-after"])
    pass_time(live, acme, wait_s - 10)
    assert submit(live, acme).status_code == 429
    pass_time(live, acme, 10)
    # This process believes its refusal for a second.
    wait_until(lambda: submit(live, acme).status_code == 202, what="it is served again")


def test_refused_calls_cost_nothing(live: Live, orgs: tuple[Org, Org]) -> None:
    acme, _ = orgs
    limit(live, acme, per_s=0.01, burst=1)
    assert submit(live, acme).status_code == 202
    for _ in range(20):
        assert submit(live, acme).status_code == 429
    assert live.execute(acme, "echo", None, webhook="typo").status_code == 400
    assert 90 <= int(submit(live, acme).headers["retry-after"]) <= 100


def test_a_batch_costs_its_runs_and_is_refused_whole(live: Live, orgs: tuple[Org, Org]) -> None:
    acme, _ = orgs
    limit(live, acme, per_s=0.01, burst=5)

    def batch(runs: int) -> httpx.Response:
        body = {"module_id": "echo", "org_id": acme.id, "inputs": [{}] * runs}
        return live.http.post("/execute/batch", json=body, headers={"X-API-Key": acme.key})

    assert batch(3).status_code == 202
    before = live.rows(acme)
    response = batch(3)
    refusal(response)
    assert 90 <= int(response.headers["retry-after"]) <= 100
    assert live.rows(acme) == before
    assert batch(2).status_code == 202
    assert submit(live, acme).status_code == 429


def test_a_raised_limit_holds_without_a_restart(live: Live, orgs: tuple[Org, Org]) -> None:
    acme, _ = orgs
    limit(live, acme, per_s=0.01, burst=1)
    assert submit(live, acme).status_code == 202
    assert submit(live, acme).status_code == 429
    limit(live, acme, per_s=1000, burst=1000)
    wait_until(lambda: submit(live, acme).status_code == 202, what="the new limit holds")


def test_two_processes_in_a_storm_share_one_bucket(
    live: Live, orgs: tuple[Org, Org], tmp_path: Path
) -> None:
    """Chunks are in use: the rate is high enough for a process to take several tokens at once."""
    acme, globex = orgs
    per_s, burst = 40.0, 30.0
    limit(live, acme, per_s=per_s, burst=burst)
    with another_web(live, tmp_path) as url, httpx.Client(timeout=60) as http:
        began = time.monotonic()
        statuses: Counter[int] = Counter()
        lock = threading.Lock()

        def storm(base: str) -> None:
            for _ in range(60):
                body = {"module_id": "echo", "org_id": acme.id, "input_data": {}}
                headers = {"X-API-Key": acme.key, "Prefer": "respond-async"}
                answer = http.post(f"{base}/execute", json=body, headers=headers)
                with lock:
                    statuses[answer.status_code] += 1

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(storm, [live.web.url, url] * 3))
        took_s = time.monotonic() - began
    assert set(statuses) == {202, 429}
    assert statuses[202] <= burst + per_s * (took_s + 1)
    assert statuses[202] >= burst
    counted = live.db.execute(
        "SELECT count(*) FROM executions_run WHERE org_id = %s", [acme.id]
    ).fetchone()
    assert counted == (statuses[202],)
    assert submit(live, globex).status_code == 202


def test_a_key_and_reads_have_limits_of_their_own(
    live: Live, orgs: tuple[Org, Org], tmp_path: Path
) -> None:
    acme, globex = orgs
    limits = {"RATE_LIMIT_KEY": "36/h burst 2", "RATE_LIMIT_READS": "36/h burst 3"}
    with (
        another_web(live, tmp_path, **limits) as url,
        httpx.Client(base_url=url, timeout=60) as http,
    ):

        def post(org: Org, **headers: str) -> httpx.Response:
            body = {"module_id": "echo", "org_id": org.id, "input_data": {}}
            headers = {"X-API-Key": org.key, "Prefer": "respond-async", **headers}
            return http.post("/execute", json=body, headers=headers)

        def read(org: Org) -> httpx.Response:
            return http.get("/executions/none", headers={"X-API-Key": org.key})

        assert [post(acme).status_code for _ in range(2)] == [202, 202]
        body = refusal(post(acme))
        assert "runs with this API key" in body["detail"]
        assert list(body["errors"]) == ["X-API-Key"]
        assert acme.key not in str(body)
        assert [read(acme).status_code for _ in range(3)] == [404] * 3
        assert "calls of this organization that start nothing" in refusal(read(acme))["detail"]
        assert http.post("/executions/none/cancel", headers={"X-API-Key": acme.key}).is_error
        assert (post(globex).status_code, read(globex).status_code) == (202, 404)
        other_key = f"abw_{secrets.token_hex(32)}"
        live.db.execute(
            "INSERT INTO public.api_keys (org_id, name, key) VALUES (%s, 'second', %s)",
            [acme.id, other_key],
        )
        assert post(acme, **{"X-API-Key": other_key}).status_code == 202


def test_an_address_that_guesses_keys_is_slowed_and_good_keys_behind_it_are_not(
    live: Live, orgs: tuple[Org, Org], tmp_path: Path
) -> None:
    acme, _ = orgs
    with (
        another_web(live, tmp_path, RATE_LIMIT_ANONYMOUS="36/h burst 5") as url,
        httpx.Client(base_url=url, timeout=60) as http,
    ):

        def status(key: str) -> int:
            return http.get("/executions/none", headers={"X-API-Key": key}).status_code

        assert status(acme.key) == 404
        guesses = [status(f"abw_{secrets.token_hex(32)}") for _ in range(4)]
        assert [*guesses, status("no key at all")] == [401] * 5
        response = http.get("/executions/none")
        assert "without a valid API key" in refusal(response)["detail"]
        assert status(f"abw_{secrets.token_hex(32)}") == 429
        assert status(acme.key) == 404
        assert http.get("/health").status_code == 200


def test_a_call_that_a_chunk_covers_asks_the_database_nothing_more(
    live: Live, orgs: tuple[Org, Org]
) -> None:
    """The bucket's row says how often it was asked: each grant moves its time."""
    acme, _ = orgs
    asked = set()
    for _ in range(60):
        assert submit(live, acme).status_code == 202
        row = live.db.execute(
            "SELECT filled_at FROM tenancy_bucket WHERE name = %s", [f"org:{acme.id}"]
        ).fetchone()
        asked.add(row)
    assert len(asked) < 60


def test_buckets_that_nobody_used_for_two_days_are_dropped_and_count_as_full(db: None) -> None:
    names = [f"org:{secrets.token_hex(8)}" for _ in range(2)]
    days = dict(zip(names, (3, 1), strict=True))
    with connection.cursor() as cursor:
        for name, age in days.items():
            cursor.execute(
                "INSERT INTO tenancy_bucket VALUES (%s, -5, now() - make_interval(days => %s))",
                [name, age],
            )
    forget_unused()
    assert [Bucket.objects.filter(name=name).exists() for name in names] == [False, True]
