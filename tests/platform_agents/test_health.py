"""`/health` and `/health/ready`: what they say, to whom, and when something is wrong."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from tests.live import Live
from tests.processes import wait_until

HEALTHY = b'{"status":"healthy","service":"python-agents"}'


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/health/ready")
    return response.status_code, response.json()


def execute(statement: str, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@pytest.fixture
def beating(db: None) -> None:
    """A worker that reported just now."""
    execute("INSERT INTO executions_worker (id, host, pid, lanes) VALUES ('w', 'h', 1, '[]')")


@contextmanager
def only_difference_in(checks: dict[str, Any], name: str) -> Iterator[Any]:
    assert [key for key, check in checks.items() if not check["ok"]] == [name]
    yield checks[name]


class TestHealth:
    def test_says_that_the_process_answers(self, live: Live) -> None:
        response = live.http.get("/health")
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert json.loads(response.content) == json.loads(HEALTHY)
        assert response.content.replace(b" ", b"") == HEALTHY

    def test_needs_no_key_and_no_database(self, client: Client) -> None:
        assert client.get("/health").status_code == 200  # pytest-django refuses the database here

    def test_answers_head_without_a_body(self, live: Live) -> None:
        response = live.http.head("/health")
        assert (response.status_code, response.content) == (200, b"")

    @pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json"])
    def test_is_json_whatever_is_asked_for(self, live: Live, accept: str) -> None:
        assert live.http.get("/health", headers={"Accept": accept}).status_code == 200


class TestReady:
    def test_a_running_installation_is_ready(self, live: Live) -> None:
        wait_until(lambda: live.http.get("/health/ready").status_code == 200, what="it is ready")
        body = live.http.get("/health/ready").json()
        assert body["status"] == "ready"
        assert set(body["checks"]) == {"database", "schema", "cluster", "backlog"}
        assert all(check["ok"] for check in body["checks"].values())

    def test_is_never_cached(self, client: Client, beating: None) -> None:
        assert "no-store" in client.get("/health/ready")["cache-control"]

    def test_a_changed_column_is_named(self, client: Client, beating: None) -> None:
        execute("ALTER TABLE public.modules RENAME COLUMN config TO configuration")
        status, body = ready(client)
        assert (status, body["status"]) == (503, "not_ready")
        with only_difference_in(body["checks"], "schema") as schema:
            assert "modules.config" in " ".join(schema["differences"])

    def test_a_changed_enum_is_named(self, client: Client, beating: None) -> None:
        execute("ALTER TYPE public.task_status RENAME VALUE 'failed' TO 'broken'")
        status, body = ready(client)
        assert status == 503
        assert "module_executions.status" in " ".join(body["checks"]["schema"]["differences"])

    def test_a_missing_table_is_named(self, client: Client, beating: None) -> None:
        execute("DROP TABLE public.module_executions")
        status, body = ready(client)
        assert status == 503
        assert "module_executions" in " ".join(body["checks"]["schema"]["differences"])

    def test_our_own_tables_gone_is_not_ready(self, client: Client, beating: None) -> None:
        execute("DROP TABLE executions_worker")
        status, body = ready(client)
        assert (status, body["status"]) == (503, "not_ready")

    def test_a_new_column_of_the_gateways_is_no_trouble(
        self, client: Client, beating: None
    ) -> None:
        execute("ALTER TABLE public.modules ADD COLUMN icon text")
        assert ready(client)[0] == 200

    def test_without_any_worker_it_says_what_to_start(self, client: Client, db: None) -> None:
        status, body = ready(client)
        assert status == 503
        with only_difference_in(body["checks"], "cluster") as cluster:
            assert "qcluster" in cluster["detail"]

    def test_a_silent_cluster_is_not_ready(self, client: Client, beating: None) -> None:
        execute("UPDATE executions_worker SET beat_at = now() - interval '31 seconds'")
        status, body = ready(client)
        assert status == 503
        with only_difference_in(body["checks"], "cluster") as cluster:
            assert 31 <= cluster["last_beat_s"] < 60

    def test_a_run_that_waits_too_long_is_not_ready(self, client: Client, beating: None) -> None:
        org, module = self._queued(minutes=6)
        response = client.get("/health/ready")
        assert response.status_code == 503
        with only_difference_in(response.json()["checks"], "backlog") as backlog:
            assert 360 <= backlog["oldest_s"] < 400
        assert org.id not in response.text
        assert module not in response.text

    def test_a_run_of_a_paused_module_waits_on_purpose(self, client: Client, beating: None) -> None:
        org, module = self._queued(minutes=6)
        execute(
            "INSERT INTO modules_policy (module_id, org_id, paused) VALUES (%s, %s, true)",
            [module, org.id],
        )
        assert ready(client)[0] == 200

    def test_a_paused_platform_is_well_and_says_so(self, client: Client, beating: None) -> None:
        self._queued(minutes=6)
        assert ready(client)[1]["paused"] is False
        execute("INSERT INTO executions_killswitch (id, paused) VALUES (1, true)")
        status, body = ready(client)
        assert (status, body["paused"]) == (200, True)

    def test_a_run_that_is_due_later_is_no_backlog(self, client: Client, beating: None) -> None:
        self._queued(minutes=-6)
        assert ready(client)[0] == 200

    def _queued(self, *, minutes: int) -> tuple[factories.Org, str]:
        with connection.cursor() as cursor:
            org = factories.organization(cursor)
            module = factories.module(cursor, org=org)
            cursor.execute(
                "INSERT INTO executions_run "
                "(execution_id, org_id, module_id, agent, lane, available_at) "
                "VALUES ('e', %s, %s, 'echo', 'io', now() - make_interval(mins => %s))",
                [org.id, module, minutes],
            )
        return org, module
