"""POST /execute with execution_id: the gateway's own pending row gets the run and the result."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants


@pytest.fixture
def row(tenants: Tenants) -> str:
    """Acme's pending row, as the gateway inserts it."""
    return factories.gateway_row(tenants.live.db, org=tenants.acme, module_id=tenants.echo)


def adopt(tenants: Tenants, row: str, given: Any, **fields: Any) -> Any:
    return tenants.live.execute(
        tenants.acme, fields.pop("module", tenants.echo), given, execution_id=row, **fields
    )


def test_the_result_is_written_into_the_gateways_row(tenants: Tenants, row: str) -> None:
    before = tenants.live.rows(tenants.acme)
    answer = adopt(tenants, row, {"n": 1})
    assert answer.status_code == 200, answer.text
    assert answer.json()["execution_id"] == row
    stored = tenants.live.db.execute(
        "SELECT status::text, output, input FROM public.module_executions WHERE id = %s", [row]
    ).fetchone()
    assert stored == ("completed", '{"n":1}', '{"n":1}')
    assert tenants.live.rows(tenants.acme) == before + 1, "a run, and no second row"


def test_adopting_asynchronously_answers_with_the_rows_own_id(tenants: Tenants, row: str) -> None:
    accepted = adopt(tenants, row, {"sleep_s": 0.5}, prefer="respond-async")
    assert accepted.status_code == 202, accepted.text
    assert accepted.headers["location"] == f"/executions/{row}"
    assert tenants.live.finished(tenants.acme, row)["output"] == {"sleep_s": 0.5}


def test_adopting_twice_with_the_same_input_is_one_execution(tenants: Tenants, row: str) -> None:
    first = adopt(tenants, row, {"n": 1, "m": [1.0, "x"]})
    before = tenants.live.rows(tenants.acme)
    second = adopt(tenants, row, {"n": 1, "m": [1.0, "x"]})
    assert second.status_code == 200, second.text
    assert second.json() == first.json()
    assert tenants.live.rows(tenants.acme) == before
    detail = tenants.live.get(tenants.acme, f"/executions/{row}").json()
    assert detail["run"]["attempt"] == 1


def test_adopting_at_once_from_many_sides_runs_once(tenants: Tenants, row: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: adopt(tenants, row, {"n": 1}), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.text for answer in answers} == {answers[0].text}
    detail = tenants.live.get(tenants.acme, f"/executions/{row}").json()
    assert detail["run"]["attempt"] == 1


def test_adopting_again_with_another_input_is_refused(tenants: Tenants, row: str) -> None:
    first = adopt(tenants, row, {"n": 1}).json()
    body = tenants.body(execution_id=row, input_data={"n": 2})
    tenants.refused(body, 409, "already_submitted")
    assert tenants.live.get(tenants.acme, f"/executions/{row}").json()["output"] == first["output"]


def test_a_run_that_nobody_adopted_cannot_be_adopted_with_another_input(tenants: Tenants) -> None:
    ours = tenants.live.execute(tenants.acme, tenants.echo, {"n": 1}).json()["execution_id"]
    body = tenants.body(execution_id=ours, input_data={"n": 2})
    tenants.refused(body, 409, "already_submitted")


@pytest.mark.parametrize("status", ["running", "completed", "failed"])
def test_a_row_that_is_not_pending_is_refused(tenants: Tenants, status: str) -> None:
    row = factories.gateway_row(
        tenants.live.db, org=tenants.acme, module_id=tenants.echo, status=status
    )
    tenants.refused(tenants.body(execution_id=row), 409, "already_submitted")


def test_a_row_of_another_module_is_refused(tenants: Tenants, row: str) -> None:
    other = factories.module(tenants.live.db, org=tenants.acme, name="Another")
    tenants.refused(tenants.body(module_id=other, execution_id=row), 409, "already_submitted")
    assert tenants.live.get(tenants.acme, f"/executions/{row}").json()["status"] == "pending"


@pytest.mark.parametrize("status", ["pending", "completed"])
def test_another_organizations_row_looks_like_a_missing_one(tenants: Tenants, status: str) -> None:
    live, globex = tenants.live, tenants.globex
    module = factories.module(live.db, org=globex)
    foreign = factories.gateway_row(live.db, org=globex, module_id=module, status=status)
    done = live.execute(globex, module).json()["execution_id"]
    missing = uuid.uuid4().hex
    bodies = set()
    for execution_id in (foreign, done, missing):
        with tenants.nothing_written():
            response = adopt(tenants, execution_id, {})
        tenants.refusal(response, 404, "execution_not_found")
        bodies.add(response.content.replace(execution_id.encode(), b"ID"))
    assert len(bodies) == 1
    assert live.get(globex, f"/executions/{foreign}").json()["status"] == status


def test_the_task_of_the_row_is_kept_when_none_is_sent(tenants: Tenants, row: str) -> None:
    live, acme = tenants.live, tenants.acme
    task = factories.task(live.db, org=acme)
    live.db.execute("UPDATE public.module_executions SET task_id = %s WHERE id = %s", [task, row])
    adopt(tenants, row, {})
    assert live.get(acme, f"/executions/{row}").json()["task_id"] == task


def test_the_task_that_is_sent_is_written_into_the_row(tenants: Tenants, row: str) -> None:
    task = factories.task(tenants.live.db, org=tenants.acme)
    adopt(tenants, row, {}, task_id=task)
    assert tenants.live.get(tenants.acme, f"/executions/{row}").json()["task_id"] == task
