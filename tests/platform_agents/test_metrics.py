"""GET /metrics: what it says, to whom, and that no tenant can write in it."""

import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from executions import gauges
from tests import databases, factories
from tests.live import Live
from tests.processes import ROOT, Web, wait_until


def value(text: str, name: str, **labels: str) -> float:
    """Of the one series with these labels; 0 when there is none."""
    found = 0.0
    for line in text.splitlines():
        head, _, number = line.rpartition(" ")
        if head.partition("{")[0] == name and all(f'{k}="{v}"' in head for k, v in labels.items()):
            found += float(number)
    return found


def scrape(live: Live) -> str:
    response = live.http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["cache-control"].startswith("max-age=0")
    return response.text


class TestInstallation:
    def test_calls_are_counted_by_route_and_status_with_the_wait_for_the_run(
        self, live: Live
    ) -> None:
        org = factories.organization(live.db)
        factories.module(live.db, org=org)
        series = {"method": "POST", "route": "execute", "status": "200"}
        name = "platform_agents_http_request_seconds"
        before = scrape(live)
        assert live.execute(org, "echo", {"sleep_s": 0.4}).status_code == 200
        after = scrape(live)
        assert value(after, f"{name}_count", **series) >= value(before, f"{name}_count", **series)
        grown = value(after, f"{name}_sum", **series) - value(before, f"{name}_sum", **series)
        assert grown >= 0.4

    def test_a_path_that_a_caller_made_up_is_no_label(self, live: Live) -> None:
        mark = uuid.uuid4().hex
        live.http.get(f"/{mark}")
        live.http.get(f"/executions/{mark}")
        live.http.request("MADEUP", f"/executions/{mark}")
        text = scrape(live)
        assert mark not in text
        assert "MADEUP" not in text
        assert value(text, "platform_agents_http_request_seconds_count", route="other") >= 1
        route = "executions/<str:execution_id>"
        assert value(text, "platform_agents_http_request_seconds_count", route=route) >= 1

    def test_workers_lanes_and_ends_of_runs_are_there(self, live: Live) -> None:
        org = factories.organization(live.db)
        factories.module(live.db, org=org)
        scrape(live)
        assert live.execute(org, "echo").json()["status"] == "completed"
        finished = {"agent": "echo", "outcome": "completed"}

        def counted() -> bool:
            return value(scrape(live), "platform_agents_runs_finished_total", **finished) >= 1

        wait_until(counted, what="the end is counted")
        text = scrape(live)
        assert value(text, "platform_agents_workers_alive") == 2
        assert value(text, "platform_agents_database_up") == 1
        assert 'platform_agents_runs_queued{lane="io"}' in text
        assert 'platform_agents_runs_running{lane="cpu"}' in text
        assert value(text, "process_resident_memory_bytes") > 0

    def test_calls_over_a_limit_are_counted(self, live: Live) -> None:
        org = factories.organization(live.db)
        factories.module(live.db, org=org)
        live.db.execute(
            "INSERT INTO tenancy_policy (org_id, rate_per_s, rate_burst) VALUES (%s, 0.01, 1)",
            [org.id],
        )
        before = value(scrape(live), "platform_agents_calls_limited_total", limit="org")
        statuses = [live.execute(org, "echo").status_code for _ in range(2)]
        assert statuses == [200, 429]
        assert value(scrape(live), "platform_agents_calls_limited_total", limit="org") > before

    def test_with_the_database_away_it_says_so(self, live: Live, tmp_path: Path) -> None:
        nowhere = "postgresql://nobody@127.0.0.1:1/none"
        web = Web(env={**live.env, "DATABASE_URL": nowhere}, log=tmp_path / "web.log")
        try:
            web.wait_ready()
            response = httpx.get(f"{web.url}/metrics", timeout=30)
        finally:
            web.stop()
        assert response.status_code == 200
        assert re.search(r"^platform_agents_database_up 0", response.text, re.M)
        assert "platform_agents_runs_queued" not in response.text


class TestWho:
    def test_only_this_machine_without_a_token(self, client: Client, db: None) -> None:
        assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
        assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
        refused = client.get("/metrics", REMOTE_ADDR="10.0.0.1")
        assert (refused.status_code, refused.json()["code"]) == (403, "metrics_only_local")
        assert client.get("/metrics", REMOTE_ADDR="").status_code == 403

    def test_not_through_a_proxy_on_this_machine(self, client: Client) -> None:
        for header in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA"):
            assert client.get("/metrics", **{header: "8.8.8.8"}).status_code == 403

    def test_with_a_token_who_has_it_and_nobody_else(
        self, client: Client, db: None, settings: Any
    ) -> None:
        settings.METRICS_TOKEN = "a token"
        for given in ("", "a token", "Bearer other", "bearer a token", "Bearer a token ", "B\xe9"):
            refused = client.get("/metrics", HTTP_AUTHORIZATION=given)
            assert refused.status_code == 401
            assert refused.json()["code"] == "invalid_metrics_token"
            assert refused["WWW-Authenticate"] == "Bearer"
        far = {"HTTP_AUTHORIZATION": "Bearer a token", "REMOTE_ADDR": "10.0.0.1"}
        assert client.get("/metrics", **far).status_code == 200

    def test_it_is_read_and_nothing_else(self, client: Client) -> None:
        assert client.post("/metrics").status_code == 405


class TestGauges:
    def queue(self, *, runs: int = 1, lane: str = "io", minutes: float = 0) -> factories.Org:
        with connection.cursor() as cursor:
            org = factories.organization(cursor)
            cursor.execute(
                "INSERT INTO executions_run "
                "(execution_id, org_id, module_id, agent, lane, available_at) "
                "SELECT %s || n, %s, 'm', 'echo', %s, now() - make_interval(secs => %s) "
                "FROM generate_series(1, %s) n",
                [uuid.uuid4().hex, org.id, lane, minutes * 60, runs],
            )
        return org

    def of(self, lane: str) -> gauges.LaneGauges:
        return next(found for found in gauges.by_lane() if found.lane == lane)

    def test_a_long_queue_is_counted_to_its_bound(self, db: None) -> None:
        self.queue(runs=gauges.COUNTED_AT_MOST + 1)
        self.queue(runs=2, lane="cpu")
        assert self.of("io").queued == gauges.COUNTED_AT_MOST
        assert self.of("cpu").queued == 2

    def test_the_oldest_is_found_in_any_pile_but_not_what_waits_on_purpose(self, db: None) -> None:
        self.queue(minutes=1)
        self.queue(minutes=5)
        self.queue(minutes=-5)
        paused = self.queue(minutes=60)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tenancy_policy (org_id, paused) VALUES (%s, true)", [paused.id]
            )
        assert 300 <= self.of("io").oldest_s < 600
        assert self.of("cpu").oldest_s == 0
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO executions_killswitch (id, paused) VALUES (1, true)")
        assert self.of("io").oldest_s == 0

    def test_no_scan_of_the_ledger_for_lanes_where_nothing_is_queued(self, db: None) -> None:
        org = self.queue(runs=6_000)
        self.queue(runs=6_000)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE executions_run SET state = 'done', outcome = 'lost', finished_at = now() "
                "WHERE org_id = %s",
                [org.id],
            )
            cursor.execute("ANALYZE executions_run")
        with CaptureQueriesContext(connection) as asked:
            gauges.by_lane()
            gauges.finished_since(None)
        plans = []
        with connection.cursor() as cursor:
            for query in (q["sql"] for q in asked if "executions_run" in q["sql"]):
                cursor.execute(f"EXPLAIN {query}")
                plans += [line for (line,) in cursor.fetchall()]
        assert len(plans) > 20
        assert [line for line in plans if "Seq Scan on executions_run" in line] == []

    def test_ends_are_counted_once(self, db: None) -> None:
        org = self.queue(runs=3)
        first = gauges.finished_since(None)
        assert first.runs == {}
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE executions_run SET state = 'done', outcome = 'lost', "
                "finished_at = %s + interval '1 ms' WHERE org_id = %s",
                [first.until, org.id],
            )
            cursor.execute("SELECT %s - interval '1 second'", [first.until])
            [earlier] = cursor.fetchone()
            cursor.execute(
                "UPDATE executions_run SET finished_at = %s WHERE org_id = %s",
                [earlier + (first.until - earlier) / 2, org.id],
            )
        ends = gauges.finished_since(earlier)
        assert ends.runs == {("echo", "lost"): 3}
        assert gauges.finished_since(ends.until).runs == {}


def test_a_cluster_imports_nothing_of_it(queue_database: dict[str, Any]) -> None:
    """Nor what describes the API: 250 MB are promised for web server and cluster together."""
    env = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": databases.url(queue_database),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "manage.py", "qcluster", "--run-once"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "executions.worker" in imported
    wrong = ("prometheus_client.", "drf_spectacular", "jsonschema", "platform_agents.urls")
    assert [name for name in imported if name.startswith(wrong)] == []
