"""POST /executions/{id}/retry: the same work again, with the config of then or of now."""

import json
import uuid
from typing import Any

import httpx
import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.processes import wait_until

Answer = httpx.Response


@pytest.fixture
def module(tenants: Tenants) -> str:
    return factories.module(
        tenants.live.db, org=tenants.acme, python_module="configured", config={"word": "old"}
    )


@pytest.fixture
def earlier(tenants: Tenants, module: str) -> str:
    """An execution that completed, before its module's config was edited."""
    answer = tenants.live.execute(tenants.acme, module, {"say": "hi"})
    assert answer.json()["output"] == {"word": "old", "attempt": 1, "say": "hi"}
    edit(tenants, module, config='{"word": "new"}')
    return str(answer.json()["execution_id"])


def edit(tenants: Tenants, module: str, **columns: Any) -> None:
    for name, value in columns.items():
        tenants.live.db.execute(
            f"UPDATE public.modules SET {name} = %s WHERE id = %s", [value, module]
        )


def retry(tenants: Tenants, execution_id: str, body: Any = None, **headers: str) -> Answer:
    return tenants.post(body or {}, path=f"/executions/{execution_id}/retry", headers=headers)


def refused(
    tenants: Tenants, execution_id: str, status: int, code: str, body: Any = None
) -> dict[str, Any]:
    with tenants.nothing_written():
        answer = retry(tenants, execution_id, body)
    return tenants.refusal(answer, status, code)


def detail(tenants: Tenants, answer: Answer) -> dict[str, Any]:
    found = tenants.live.get(tenants.acme, f"/executions/{answer.json()['execution_id']}")
    return dict(found.json())


def test_the_same_again_has_the_config_and_the_input_of_then(
    tenants: Tenants, earlier: str
) -> None:
    answer = retry(tenants, earlier)
    assert answer.status_code == 200, answer.text
    assert answer.json()["output"] == {"word": "old", "attempt": 1, "say": "hi"}
    assert answer.json()["execution_id"] != earlier
    assert answer.headers["Location"] == f"/executions/{answer.json()['execution_id']}"
    run = detail(tenants, answer)["run"]
    assert (run["origin"], run["retry_of"], run["config_version"]) == ("retry", earlier, 1)
    assert run["parent"] is None


def test_with_the_config_of_now_and_another_input(tenants: Tenants, earlier: str) -> None:
    answer = retry(tenants, earlier, {"config": "current", "input_data": {"say": "ho"}})
    assert answer.json()["output"] == {"word": "new", "attempt": 1, "say": "ho"}
    run = detail(tenants, answer)["run"]
    assert (run["retry_of"], run["config_version"]) == (earlier, 2)


def test_a_version_of_another_agent_is_run_by_that_agent(tenants: Tenants, earlier: str) -> None:
    [(module,)] = tenants.live.db.execute(
        "SELECT module_id FROM executions_run WHERE execution_id = %s", [earlier]
    ).fetchall()
    edit(tenants, module, python_module="shouted")
    assert retry(tenants, earlier).json()["output"]["word"] == "old"
    assert retry(tenants, earlier, {"config": "current"}).json()["output"] == {"word": "new!"}


def test_it_may_be_waited_for_elsewhere(tenants: Tenants, earlier: str) -> None:
    answer = retry(tenants, earlier, Prefer="respond-async")
    assert answer.status_code == 202
    again = answer.json()["execution_id"]
    assert answer.headers["Location"] == f"/executions/{again}"
    assert tenants.live.finished(tenants.acme, again)["output"]["word"] == "old"


def test_an_empty_body_is_the_same_again(tenants: Tenants, earlier: str) -> None:
    headers = {"X-API-Key": tenants.acme.key}
    answer = tenants.live.http.post(f"/executions/{earlier}/retry", headers=headers)
    assert answer.json()["output"]["word"] == "old", answer.text


def test_a_pinned_run_keeps_its_config_over_its_attempts(tenants: Tenants, earlier: str) -> None:
    answer = retry(tenants, earlier, {"input_data": {"fails": 1}})
    assert answer.json()["output"] == {"word": "old", "attempt": 2, "say": ""}


def test_limits_of_the_call_are_heeded(tenants: Tenants, module: str) -> None:
    first = tenants.live.execute(tenants.acme, "echo", {"sleep_s": 0}).json()["execution_id"]
    answer = retry(tenants, first, {"input_data": {"sleep_s": 60}, "timeout_s": 0.2})
    assert answer.json()["error"] == "Timed out after 0.2 seconds."


def test_the_same_key_is_the_same_execution(tenants: Tenants, earlier: str) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = retry(tenants, earlier, **key)
    with tenants.nothing_written():
        assert retry(tenants, earlier, **key).json() == first.json()
        other = retry(tenants, earlier, {"config": "current"}, **key)
    tenants.refusal(other, 409, "idempotency_conflict")


def test_the_same_key_stays_accepted_when_the_version_is_gone(
    tenants: Tenants, earlier: str
) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = retry(tenants, earlier, **key)
    tenants.live.db.execute(
        "DELETE FROM modules_config_version WHERE org_id = %s", [tenants.acme.id]
    )
    assert retry(tenants, earlier, **key).json() == first.json()
    body = refused(tenants, earlier, 409, "config_version_unknown")
    assert "no version 1" in body["detail"]


def test_a_task_stays_the_task_of_what_is_run_again(tenants: Tenants, module: str) -> None:
    task = factories.task(tenants.live.db, org=tenants.acme)
    first = tenants.live.execute(tenants.acme, module, task_id=task).json()["execution_id"]
    assert detail(tenants, retry(tenants, first))["task_id"] == task


def test_a_child_is_run_again_by_itself(tenants: Tenants, module: str) -> None:
    factories.module(tenants.live.db, org=tenants.acme, python_module="caller")
    parent = tenants.live.execute(
        tenants.acme, "caller", {"modules": [[module, {"say": "hi"}]]}
    ).json()["execution_id"]
    [child] = tenants.live.get(tenants.acme, f"/executions/{parent}").json()["children"]
    answer = retry(tenants, child["execution_id"])
    assert answer.json()["output"]["say"] == "hi"
    run = detail(tenants, answer)["run"]
    assert (run["parent"], run["depth"]) == (None, 0)


def test_not_before_it_has_finished(tenants: Tenants, module: str) -> None:
    factories.policy(tenants.live.db, org=tenants.acme, module_id=module, paused=True)
    queued = tenants.live.execute(tenants.acme, module, prefer="respond-async").json()
    body = refused(tenants, queued["execution_id"], 409, "not_finished")
    assert "not finished" in body["detail"]
    cancel = f"/executions/{queued['execution_id']}/cancel"
    assert tenants.post({}, path=cancel).status_code == 200
    tenants.live.db.execute(
        "UPDATE modules_policy SET paused = false WHERE module_id = %s", [module]
    )
    assert retry(tenants, queued["execution_id"]).json()["status"] == "completed"


def test_a_row_of_the_gateways_runs_with_the_config_of_now(tenants: Tenants, module: str) -> None:
    db, acme = tenants.live.db, tenants.acme
    rows = {
        status: factories.gateway_row(
            db, org=acme, module_id=module, status=status, input_data={"say": "hi"}
        )
        for status in ("failed", "pending")
    }
    refused(tenants, rows["pending"], 409, "not_finished", {"config": "current"})
    body = refused(tenants, rows["failed"], 409, "config_version_unknown")
    assert '"current"' in body["detail"]
    answer = retry(tenants, rows["failed"], {"config": "current"})
    assert answer.json()["output"]["say"] == "hi"


@pytest.mark.parametrize("stored", [None, "[1]", "{broken", "7"])
def test_an_input_that_cannot_be_used_again_is_said(
    tenants: Tenants, module: str, stored: str | None
) -> None:
    row = factories.gateway_row(
        tenants.live.db, org=tenants.acme, module_id=module, status="completed"
    )
    tenants.live.db.execute(
        "UPDATE public.module_executions SET input = %s WHERE id = %s", [stored, row]
    )
    body = refused(tenants, row, 400, "invalid_input", {"config": "current"})
    assert "send input_data" in body["errors"]["input_data"][0]
    given = {"config": "current", "input_data": {"say": "new"}}
    assert retry(tenants, row, given).json()["output"]["say"] == "new"


@pytest.mark.parametrize(
    ("body", "path"),
    [({"config": "old"}, "config"), ({"input_data": []}, "input_data"), ({"foo": 1}, "foo"),
     ({"timeout_s": 0}, "timeout_s"), ({"start_within_s": "1"}, "start_within_s")],
)  # fmt: skip
def test_a_wrong_request_is_refused_with_the_path(
    tenants: Tenants, earlier: str, body: Any, path: str
) -> None:
    assert list(refused(tenants, earlier, 400, "invalid_request", body)["errors"]) == [path]


def test_an_input_is_checked_by_the_agent_of_then(tenants: Tenants, earlier: str) -> None:
    given = {"input_data": {"fails": "many"}}
    errors = refused(tenants, earlier, 400, "invalid_input", given)["errors"]
    assert list(errors) == ["input_data.fails"]


def test_a_config_that_fits_no_more_is_refused(tenants: Tenants, module: str, earlier: str) -> None:
    """The agent's Config was changed by an update of its package, say."""
    tenants.live.db.execute(
        "UPDATE modules_config_version SET config = %s WHERE module_id = %s AND version = 1",
        [json.dumps({"word": 7}), module],
    )
    body = refused(tenants, earlier, 409, "invalid_module_config")
    assert list(body["errors"]) == ["config.word"]


def test_an_agent_that_is_not_installed_any_more_is_named(
    tenants: Tenants, module: str, earlier: str
) -> None:
    tenants.live.db.execute(
        "UPDATE modules_config_version SET python_module = 'gone' WHERE module_id = %s", [module]
    )
    refused(tenants, earlier, 409, "unknown_agent")


@pytest.mark.parametrize("config", ["same", "current"])
def test_a_module_that_is_off_is_not_run_again(
    tenants: Tenants, module: str, earlier: str, config: str
) -> None:
    edit(tenants, module, status="inactive")
    refused(tenants, earlier, 409, "module_not_active", {"config": config})


def test_a_paused_module_waits_as_ever(tenants: Tenants, module: str, earlier: str) -> None:
    factories.policy(tenants.live.db, org=tenants.acme, module_id=module, paused=True)
    again = retry(tenants, earlier, Prefer="respond-async").json()["execution_id"]
    path = f"/executions/{again}"
    wait_until(
        lambda: tenants.live.get(tenants.acme, path).json()["run"]["waiting_because"] is not None,
        what="it waits",
    )
    assert tenants.post({}, path=f"{path}/cancel").status_code == 200


def test_another_organizations_execution_is_a_missing_one(tenants: Tenants) -> None:
    theirs = tenants.live.execute(tenants.globex, "echo", {"n": 1}).json()["execution_id"]
    answers = set()
    for id_ in (theirs, uuid.uuid4().hex):
        with tenants.nothing_written():
            answer = retry(tenants, id_)
        answers.add((answer.status_code, answer.text.replace(id_, "ID")))
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def test_a_row_that_names_another_organizations_module_runs_nothing(tenants: Tenants) -> None:
    """Nothing stops the gateway's table from it."""
    theirs = factories.module(tenants.live.db, org=tenants.globex)
    row = factories.gateway_row(
        tenants.live.db, org=tenants.acme, module_id=theirs, status="failed"
    )
    refused(tenants, row, 404, "module_not_found", {"config": "current"})
