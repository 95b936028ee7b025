"""The whole product behind PgBouncer in transaction mode: no session to rely on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests import databases
from tests.live import Live
from tests.pgbouncer import pgbouncer
from tests.processes import Web, wait_until
from tests.redis_server import redis_server
from tests.scaleout.test_carriers import an_ordinary_task_is_done, completes, organizations


@pytest.fixture
def params(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    with django_db_blocker.unblock(), databases.copy_of_test_database("pooled") as params:
        yield params


@pytest.fixture
def pooled(params: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The settings of an installation behind the pooler."""
    with pgbouncer(params) as through:
        yield {"DATABASE_URL": databases.url(through), "DATABASE_POOLED": "on"}


def give_the_role_its_search_path(params: dict[str, Any]) -> None:
    with databases.connect(params) as conn:
        conn.execute(
            f'ALTER ROLE "{params["user"]}" IN DATABASE "{params["dbname"]}" '
            "SET search_path = platform_agents, public"
        )


@pytest.mark.parametrize("carrier", ["poll", "redis"])
def test_everything_works_behind_a_transaction_pooler(
    carrier: str, params: dict[str, Any], pooled: dict[str, str], tmp_path: Path
) -> None:
    give_the_role_its_search_path(params)
    with ExitStack() as stack:
        url = stack.enter_context(redis_server()).url if carrier == "redis" else "poll"
        live = stack.enter_context(Live.running(params, tmp_path, **pooled, WAKEUP_URL=url))
        orgs = organizations(live)
        completes(live, orgs)
        with ThreadPoolExecutor(16) as callers:
            answers = callers.map(lambda n: live.execute(orgs[n % 2], "echo", {"n": n}), range(100))
        for n, answer in enumerate(answers):
            assert answer.json()["output"] == {"n": n}
        an_ordinary_task_is_done(live)
        running = live.execute(orgs[0], "echo", {"sleep_s": 60}, prefer="respond-async").json()
        where = f"/executions/{running['execution_id']}"
        wait_until(lambda: live.get(orgs[0], where).json()["status"] == "running", what="it runs")
        live.http.post(f"{where}/cancel", headers={"X-API-Key": orgs[0].key})
        assert live.finished(orgs[0], running["execution_id"])["run"]["outcome"] == "cancelled"
        for output in (live.web.output(), live.cluster.output()):
            assert "prepared statement" not in output
            assert "Traceback" not in output


def test_a_role_without_the_search_path_is_told_what_to_run(
    params: dict[str, Any], pooled: dict[str, str], tmp_path: Path
) -> None:
    env = {"DJANGO_SETTINGS_MODULE": "tests.settings", **pooled, "WAKEUP_URL": "poll"}
    web = Web(env=env, log=tmp_path / "web.log")
    try:
        web.wait_ready()
        assert httpx.get(f"{web.url}/health/ready", timeout=30).status_code == 503
        wanted = f'ALTER ROLE "{params["user"]}" IN DATABASE "{params["dbname"]}" SET search_path'
        assert wanted in web.output()
    finally:
        web.stop()


def test_the_pooler_really_refuses_what_we_avoid(
    params: dict[str, Any], pooled: dict[str, str]
) -> None:
    """Else the tests above would prove nothing."""
    with pytest.raises(psycopg.OperationalError, match="startup parameter"):
        psycopg.connect(pooled["DATABASE_URL"], options="-c search_path=platform_agents")
