"""Idempotency-Key: the same call again is the same execution, however often and at once."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants


def call(tenants: Tenants, key: str, given: Any, **fields: Any) -> Any:
    body = tenants.body(input_data=given, **fields)
    return tenants.post(body, headers={"Idempotency-Key": key})


def test_the_same_key_and_body_is_the_same_execution(tenants: Tenants) -> None:
    first = call(tenants, "order-1", {"a": 1, "b": 2})
    before = tenants.live.rows(tenants.acme)
    again = call(tenants, "order-1", {"b": 2, "a": 1})
    assert (again.status_code, again.json()) == (200, first.json())
    assert tenants.live.rows(tenants.acme) == before


def test_the_same_key_with_another_body_is_refused(tenants: Tenants) -> None:
    call(tenants, "order-1", {"a": 1})
    body = tenants.body(input_data={"a": 2})
    tenants.refused(body, 409, "idempotency_conflict", headers={"Idempotency-Key": "order-1"})
    task = factories.task(tenants.live.db, org=tenants.acme)
    body = tenants.body(input_data={"a": 1}, task_id=task)
    tenants.refused(body, 409, "idempotency_conflict", headers={"Idempotency-Key": "order-1"})


def test_keys_of_different_organizations_do_not_meet(tenants: Tenants) -> None:
    ours = call(tenants, "order-1", {"a": 1}).json()["execution_id"]
    theirs = tenants.live.http.post(
        "/execute",
        json={"module_id": "echo", "org_id": tenants.globex.id, "input_data": {"a": 2}},
        headers={"X-API-Key": tenants.globex.key, "Idempotency-Key": "order-1"},
    )
    assert theirs.status_code == 200, theirs.text
    assert theirs.json()["execution_id"] != ours


def test_a_repeated_call_waits_for_the_run_that_is_under_way(tenants: Tenants) -> None:
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(call, tenants, "slow", {"sleep_s": 1}) for _ in range(2)]
        first, second = (waiting.result().json() for waiting in calls)
    assert first == second
    assert first["status"] == "completed"


def test_a_call_accepted_once_stays_accepted_when_its_module_is_switched_off(
    tenants: Tenants,
) -> None:
    first = call(tenants, "kept", {"a": 1}).json()
    tenants.live.db.execute(
        "UPDATE public.modules SET status = 'inactive' WHERE id = %s", [tenants.echo]
    )
    assert call(tenants, "kept", {"a": 1}).json() == first


def test_a_refused_call_does_not_use_up_its_key(tenants: Tenants) -> None:
    headers = {"Idempotency-Key": "twice"}
    tenants.refused(tenants.body(input_data={"sleep_s": -1}), 400, "invalid_input", headers=headers)
    assert call(tenants, "twice", {"sleep_s": 0}).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "schl\u00fcssel".encode(), "a\tb"])
def test_a_key_that_is_none_is_refused(tenants: Tenants, key: Any) -> None:
    tenants.refused(tenants.body(), 400, "invalid_request", headers={"Idempotency-Key": key})


def test_a_storm_of_forty_threads_on_twenty_five_keys_makes_twenty_five_executions(
    tenants: Tenants,
) -> None:
    before = tenants.live.rows(tenants.acme)
    calls = [n % 25 for n in range(200)]
    random.shuffle(calls)
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda n: (n, call(tenants, f"k{n}", {"n": n})), calls))
    assert {answer.status_code for _, answer in answers} == {200}
    ids = {(n, answer.json()["execution_id"]) for n, answer in answers}
    assert len(ids) == 25
    assert all(answer.json()["output"] == {"n": n} for n, answer in answers)
    assert tenants.live.rows(tenants.acme) == before + 2 * 25


def test_a_row_of_the_gateway_adopted_with_a_key_answers_alike_twice(tenants: Tenants) -> None:
    row = factories.gateway_row(tenants.live.db, org=tenants.acme, module_id=tenants.echo)
    first = call(tenants, "adopted", {"n": 1}, execution_id=row)
    again = call(tenants, "adopted", {"n": 1}, execution_id=row)
    assert first.json()["execution_id"] == row
    assert (again.status_code, again.json()) == (200, first.json())
    other = factories.gateway_row(tenants.live.db, org=tenants.acme, module_id=tenants.echo)
    body = tenants.body(input_data={"n": 1}, execution_id=other)
    tenants.refused(body, 409, "idempotency_conflict", headers={"Idempotency-Key": "adopted"})
