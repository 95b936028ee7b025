"""Ends are announced to those who wait for them, and to nobody else: each announcement costs."""

import psycopg

from tests import databases, factories
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until


def announced(hearing: psycopg.Connection[object], execution_id: str) -> set[str]:
    """Everything up to the end of this one, which is said in a moment: its row came first."""
    said: set[str] = set()

    def heard() -> bool:
        said.update(note.payload for note in hearing.notifies(timeout=0))
        return execution_id in said

    wait_until(heard, what=f"{execution_id} is announced")
    return said


def run(live: Live, org: Org, *, prefer: str = "", key: str = "") -> str:
    body = {"module_id": "echo", "org_id": org.id, "input_data": {}}
    headers = {"X-API-Key": org.key, "Prefer": prefer, "Idempotency-Key": key}
    answer = live.http.post(
        "/execute", json=body, headers={name: value for name, value in headers.items() if value}
    ).json()
    return str(answer["execution_id"])


def test_only_an_end_that_somebody_waits_for_is_announced(live: Live) -> None:
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")
    with databases.connect(live.params) as hearing:
        hearing.execute("LISTEN run_done")
        alone = run(live, org, prefer="respond-async")
        live.finished(org, alone)
        awaited = run(live, org)
        assert alone not in announced(hearing, awaited)


def test_who_waits_for_a_run_that_another_call_began_is_told_too(live: Live) -> None:
    org = factories.organization(live.db)
    module_id = factories.module(live.db, org=org, python_module="echo")
    live.manage("pause", "--module", module_id, "--reason", "so that it is still queued")
    with databases.connect(live.params) as hearing:
        hearing.execute("LISTEN run_done")
        execution_id = run(live, org, prefer="respond-async", key="same")
        assert run(live, org, prefer="wait=1", key="same") == execution_id
        live.manage("resume", "--module", module_id)
        live.finished(org, execution_id)
        assert announced(hearing, execution_id)
