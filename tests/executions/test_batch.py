"""POST /execute/batch: all inputs or none, in order, in one transaction, repeatable."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from executions.batch import Batch, submit_all
from executions.errors import IdempotencyConflict
from executions.models import ModuleExecution, Run
from tests import databases, factories
from tests.executions.conftest import Tenants
from tests.executions.test_dispatch import Connection
from tests.processes import wait_until


def body(tenants: Tenants, **changes: Any) -> dict[str, Any]:
    good = {"module_id": tenants.echo, "org_id": tenants.acme.id, "inputs": [{"n": 1}, {"n": 2}]}
    return {**good, **changes}


def post(tenants: Tenants, given: Any, *, key: str = "", prefer: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key, "Prefer": prefer}
    return tenants.post(
        given, path="/execute/batch", headers={k: v for k, v in headers.items() if v}
    )


def refused(
    tenants: Tenants, given: Any, status: int, code: str, *, key: str = ""
) -> dict[str, Any]:
    with tenants.nothing_written():
        response = post(tenants, given, key=key)
    return tenants.refusal(response, status, code)


def test_a_thousand_inputs_are_a_thousand_executions_in_their_order(tenants: Tenants) -> None:
    before = tenants.live.rows(tenants.acme)
    inputs = [{"n": n} for n in range(1000)]
    response = post(tenants, body(tenants, inputs=inputs), prefer="wait=30")
    assert response.status_code == 202
    answer = response.json()
    assert answer.keys() == {"execution_ids", "count"}
    assert answer["count"] == len(set(answer["execution_ids"])) == 1000
    assert tenants.live.rows(tenants.acme) == before + 2000
    stored = tenants.live.db.execute(
        "SELECT e.input::json->>'n' FROM unnest(%s::text[]) WITH ORDINALITY AS given(id, n) "
        "JOIN public.module_executions e USING (id) ORDER BY given.n",
        [answer["execution_ids"]],
    ).fetchall()
    assert [int(n) for (n,) in stored] == list(range(1000))
    for n in (0, 499, 999):
        detail = tenants.live.finished(tenants.acme, answer["execution_ids"][n], seconds=60)
        assert detail["output"] == {"n": n}


def test_an_execution_of_a_batch_is_like_a_single_one(tenants: Tenants) -> None:
    task = factories.task(tenants.live.db, org=tenants.acme)
    columns = {"priority": 3, "max_attempts": 2, "timeout_s": 20, "concurrency": 1}
    factories.policy(tenants.live.db, org=tenants.acme, module_id=tenants.echo, **columns)
    fields = {"task_id": task, "timeout_s": 10, "start_within_s": 600}
    [one] = post(tenants, body(tenants, inputs=[{"n": 1}], **fields)).json()["execution_ids"]
    other = tenants.post(tenants.body(input_data={"n": 1}, **fields)).json()["execution_id"]
    tenants.live.finished(tenants.acme, one)
    rows = tenants.live.db.execute(
        "SELECT org_id, module_id, agent, lane, gate, priority, max_attempts, timeout_s, backoff_s,"
        " at_most_once, circuit, origin, requested_by, outcome, e.input, e.output, e.task_id"
        " FROM executions_run r JOIN public.module_executions e"
        " USING (org_id, module_id) WHERE e.id = r.execution_id AND e.id = ANY (%s)",
        [[one, other]],
    ).fetchall()
    assert len(rows) == 2
    assert rows[0] == rows[1]
    assert rows[0][4:8] == (tenants.echo, 3, 2, 10)


def test_what_is_wrong_with_any_input_is_said_and_nothing_is_written(tenants: Tenants) -> None:
    inputs = [{}, {"sleep_s": -1}, {}, {"sleep_s": "x"}]
    said = refused(tenants, body(tenants, inputs=inputs), 400, "invalid_input")
    assert set(said["errors"]) == {"inputs.1.sleep_s", "inputs.3.sleep_s"}
    many = refused(tenants, body(tenants, inputs=[{"sleep_s": -1}] * 1000), 400, "invalid_input")
    assert len(many["errors"]) == 50


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"inputs": []}, "inputs"),
        ({"inputs": [{}] * 1001}, "inputs"),
        ({"inputs": {}}, "inputs"),
        ({"inputs": [{}, 1]}, "inputs.1"),
        ({"inputs": None}, "inputs"),
        ({"input_data": {}}, "input_data"),
        ({"execution_id": "x"}, "execution_id"),
        ({"module_id": ""}, "module_id"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": "5"}, "timeout_s"),
        ({"start_within_s": -1}, "start_within_s"),
        ({"task_id": ""}, "task_id"),
    ],
)
def test_a_wrong_field_is_refused_with_its_path(
    tenants: Tenants, changes: dict[str, Any], path: str
) -> None:
    said = refused(tenants, body(tenants, **changes), 400, "invalid_request")
    assert list(said["errors"]) == [path]


def test_everything_that_a_single_call_is_refused_for(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    off = factories.module(live.db, org=acme, status="inactive")
    nobody = factories.module(live.db, org=acme, python_module="no_such_agent")
    broken = factories.module(live.db, org=acme, python_module="nlp", config={"model": 1})
    for changes, status, code in (
        ({"org_id": tenants.globex.id}, 403, "organization_mismatch"),
        ({"module_id": "none"}, 404, "module_not_found"),
        ({"module_id": off}, 409, "module_not_active"),
        ({"module_id": nobody}, 409, "unknown_agent"),
        ({"module_id": broken}, 409, "invalid_module_config"),
        ({"task_id": factories.task(live.db, org=tenants.globex)}, 404, "task_not_found"),
    ):
        refused(tenants, body(tenants, **changes), status, code)
    refused(tenants, b"[]", 400, "invalid_json")
    refused(tenants, body(tenants, inputs=[{"x": "y" * 6_000_000}]), 413, "body_too_large")


class TestIdempotencyKey:
    def test_the_same_call_is_the_same_executions(self, tenants: Tenants) -> None:
        first = post(tenants, body(tenants), key="b")
        with tenants.nothing_written():
            again = post(tenants, body(tenants), key="b")
        assert (again.status_code, again.json()) == (202, first.json())

    def test_another_call_with_the_key_is_refused(self, tenants: Tenants) -> None:
        post(tenants, body(tenants), key="b")
        for changes in (
            {"inputs": [{"n": 1}]},
            {"inputs": [{"n": 1}, {"n": 2}, {"n": 3}]},
            {"inputs": [{"n": 2}, {"n": 1}]},
            {"timeout_s": 5},
        ):
            refused(tenants, body(tenants, **changes), 409, "idempotency_conflict", key="b")

    def test_single_calls_and_batches_share_their_keys(self, tenants: Tenants) -> None:
        """Also where both look alike."""
        post(tenants, body(tenants, inputs=[{"n": 1}]), key="b")
        single = tenants.body(input_data={"n": 1})
        tenants.refused(single, 409, "idempotency_conflict", headers={"Idempotency-Key": "b"})
        tenants.post(single, headers={"Idempotency-Key": "s"})
        refused(tenants, body(tenants), 409, "idempotency_conflict", key="s")

    def test_keys_that_look_like_those_of_a_batch_do_not_meet_them(self, tenants: Tenants) -> None:
        post(tenants, body(tenants), key="b")
        for key in ("batch:1:b", "batch:1:api:b", "1:b"):
            assert post(tenants, body(tenants), key=key).status_code == 202

    def test_what_was_accepted_stays_so_when_the_module_is_switched_off(
        self, tenants: Tenants
    ) -> None:
        first = post(tenants, body(tenants), key="b").json()
        tenants.live.db.execute(
            "UPDATE public.modules SET status = 'inactive' WHERE id = %s", [tenants.echo]
        )
        assert post(tenants, body(tenants), key="b").json() == first

    def test_a_refused_batch_does_not_use_up_its_key(self, tenants: Tenants) -> None:
        wrong = body(tenants, inputs=[{}, {"sleep_s": -1}])
        refused(tenants, wrong, 400, "invalid_input", key="b")
        assert post(tenants, body(tenants), key="b").status_code == 202

    def test_a_storm_of_the_same_calls_makes_each_batch_once(self, tenants: Tenants) -> None:
        before = tenants.live.rows(tenants.acme)
        calls = [n % 5 for n in range(60)]
        random.shuffle(calls)
        with ThreadPoolExecutor(20) as pool:
            answers = list(
                pool.map(
                    lambda n: (
                        n,
                        post(tenants, body(tenants, inputs=[{"n": n}] * 30), key=f"k{n}"),
                    ),
                    calls,
                )
            )
        assert {answer.status_code for _, answer in answers} == {202}
        assert len({(n, tuple(answer.json()["execution_ids"])) for n, answer in answers}) == 5
        assert tenants.live.rows(tenants.acme) == before + 2 * 5 * 30

    def test_of_two_different_batches_with_one_key_at_once_one_is_refused_whole(
        self, tenants: Tenants
    ) -> None:
        before = tenants.live.rows(tenants.acme)
        bodies = [body(tenants, inputs=[{"n": n}] * n) for n in (10, 20)] * 5
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda given: post(tenants, given, key="race"), bodies))
        assert sorted({answer.status_code for answer in answers}) == [202, 409]
        taken = {answer.json()["count"] for answer in answers if answer.status_code == 202}
        assert len(taken) == 1
        assert tenants.live.rows(tenants.acme) == before + 2 * taken.pop()


def test_the_workers_are_woken_once(tenants: Tenants) -> None:
    live = tenants.live
    factories.policy(live.db, org=tenants.acme, module_id=tenants.echo, paused=True)
    heard: list[str] = []
    with databases.connect(live.params) as hearing:
        hearing.execute("LISTEN run_queued")
        for count in (1, 2):
            post(tenants, body(tenants, inputs=[{}] * 50))
            wait_until(
                lambda: (
                    heard.extend(note.payload for note in hearing.notifies(timeout=0))
                    or len(heard) >= count  # noqa: B023 (asked at once)
                ),
                what="the workers are woken",
            )
            assert heard == ["io"] * count


@pytest.mark.django_db
def test_a_conflict_that_is_found_only_when_writing_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    db = Connection()
    org = factories.organization(db)
    module = factories.module(db, org=org)
    first = Batch(org_id=org.id, module=module, inputs=[{"n": 1}], idempotency_key="api:k")
    ids = submit_all(first)
    monkeypatch.setattr("executions.batch.run_of_key", lambda *_: None)  # as if it came just now
    assert submit_all(first) == ids
    with pytest.raises(IdempotencyConflict):
        submit_all(replace(first, inputs=[{}] * 5))
    assert Run.objects.for_org(org.id).count() == 1
    assert ModuleExecution.objects.for_org(org.id).count() == 1
