"""What counts as starving for the watchdog, and when it does not trust silence. That it ends a
cluster is in tests/faults/test_frozen.py."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection

from executions import sql
from executions.family import Family
from executions.watchdog import Watchdog
from tests import factories

Queue = psycopg.Connection[Any]
_RUN = """
INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane, state, available_at, lease_until)
VALUES (gen_random_uuid(), %(org)s, %(module)s, 'echo', 'io', %(state)s, now() + %(available)s::interval,
        now() + %(lease)s::interval)
"""  # noqa: E501 (SQL)


@pytest.fixture
def starving(queue: Queue) -> Callable[..., int]:
    """How many runs starve, of one that is like this."""
    org = factories.organization(queue)
    module_id = factories.module(queue, org=org)

    def _starving(
        *, state: str = "queued", available: str = "-1 min", lease: str | None = None,
        policy: str = "",
    ) -> int:  # fmt: skip
        given = {"org": org.id, "module": module_id, "state": state, "available": available}
        queue.execute(_RUN, {**given, "lease": lease})
        if policy:
            queue.execute(policy, [org.id] if "tenancy" in policy else [module_id, org.id])
        [found] = queue.execute(sql.read("starving.sql"), {"patience_s": 30}).fetchone() or [None]
        assert isinstance(found, int)
        return found

    return _starving


@pytest.mark.parametrize(
    "run", [{}, {"state": "running", "lease": "-1 min"}], ids=["waits", "lost with its worker"]
)
def test_a_run_that_nobody_takes_starves(starving: Callable[..., int], run: Any) -> None:
    assert starving(**run) == 1


@pytest.mark.parametrize(
    "run",
    [
        {"available": "-10 s"},
        {"available": "1 hour"},
        {"state": "running", "lease": "10 s"},
        {"state": "running", "lease": "-10 s"},
        {"policy": "INSERT INTO tenancy_policy (org_id, paused) VALUES (%s, true)"},
        {"policy": "INSERT INTO modules_policy (module_id, org_id, paused) VALUES (%s, %s, true)"},
    ],
    ids=["just came", "delayed", "runs", "just lost", "organization paused", "module paused"],
)
def test_a_run_that_has_a_reason_to_wait_does_not(
    starving: Callable[..., int], run: dict[str, str]
) -> None:
    assert starving(**run) == 0


def test_a_database_that_does_not_answer_ends_nobody(
    django_db_setup: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    watchdog = Watchdog(Family(), patience_s=2)
    assert [watchdog.look() for _ in range(10)] == [None] * 10
    assert "the watchdog cannot ask" in caplog.text
