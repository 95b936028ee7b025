"""POST /executions/{id}/cancel: what is queued never starts, what runs ends, nobody lies."""

import uuid
from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.processes import wait_until


def cancel(tenants: Tenants, execution_id: str) -> Any:
    return tenants.post({}, path=f"/executions/{execution_id}/cancel")


def submit(tenants: Tenants, given: Any, *, module: str = "") -> str:
    answer = tenants.live.execute(
        tenants.acme, module or tenants.echo, given, prefer="respond-async"
    )
    execution_id: str = answer.json()["execution_id"]
    return execution_id


def state(tenants: Tenants, execution_id: str) -> Any:
    return tenants.live.db.execute(
        "SELECT state, outcome, attempt FROM executions_run WHERE execution_id = %s", [execution_id]
    ).fetchone()


def test_a_queued_run_ends_and_never_starts(tenants: Tenants) -> None:
    module = factories.module(tenants.live.db, org=tenants.acme)
    factories.policy(tenants.live.db, org=tenants.acme, module_id=module, paused=True)
    execution_id = submit(tenants, {"n": 1}, module=module)

    answer = cancel(tenants, execution_id)

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "execution_id": execution_id, "status": "failed", "output": None, "error": "Cancelled.",
    }  # fmt: skip
    tenants.live.db.execute(
        "UPDATE modules_policy SET paused = false WHERE module_id = %s", [module]
    )
    audit = "SELECT by, address FROM tenancy_audit WHERE org_id = %s"
    [(by, address)] = tenants.live.db.execute(audit, [tenants.acme.id]).fetchall()
    assert (by, address) == (f"key:{tenants.acme.key_id}", "127.0.0.1")
    after = tenants.live.execute(tenants.acme, module, {"n": 2})
    assert after.json()["status"] == "completed"
    assert state(tenants, execution_id) == ("done", "cancelled", 0)


def test_a_caller_who_waits_for_it_hears_at_once(tenants: Tenants) -> None:
    execution_id = submit(tenants, {"sleep_s": 300})
    wait_until(lambda: state(tenants, execution_id)[0] == "running", what="it runs")
    assert cancel(tenants, execution_id).status_code == 202
    detail = tenants.live.finished(tenants.acme, execution_id, seconds=5)
    assert (detail["status"], detail["error"]) == ("failed", "Cancelled.")
    assert detail["run"]["outcome"] == "cancelled"
    assert detail["run"]["cancel_requested_at"] is not None


@pytest.mark.parametrize("how", ["ignore_everything", "spin"])
def test_code_that_ignores_everything_is_killed(tenants: Tenants, how: str) -> None:
    module = factories.module(tenants.live.db, org=tenants.acme, python_module="poison")
    execution_id = submit(tenants, {"how": how}, module=module)
    wait_until(lambda: state(tenants, execution_id)[0] == "running", what="it runs")
    cancel(tenants, execution_id)
    detail = tenants.live.finished(tenants.acme, execution_id, seconds=10)
    assert detail["run"]["outcome"] == "cancelled"
    assert detail["run"]["attempt"] == 1


def test_a_finished_execution_cannot_be_cancelled_and_keeps_its_result(tenants: Tenants) -> None:
    done = tenants.live.execute(tenants.acme, tenants.echo, {"n": 1}).json()
    refused = cancel(tenants, done["execution_id"])
    tenants.refusal(refused, 409, "already_finished")
    detail = tenants.live.get(tenants.acme, f"/executions/{done['execution_id']}").json()
    assert (detail["status"], detail["output"]) == ("completed", {"n": 1})


def test_cancelling_twice_is_cancelling_once(tenants: Tenants) -> None:
    execution_id = submit(tenants, {"sleep_s": 300})
    wait_until(lambda: state(tenants, execution_id)[0] == "running", what="it runs")
    assert cancel(tenants, execution_id).status_code == 202
    assert cancel(tenants, execution_id).status_code in {202, 409}
    assert tenants.live.finished(tenants.acme, execution_id)["run"]["outcome"] == "cancelled"


def test_another_organizations_execution_is_missing(tenants: Tenants) -> None:
    theirs = tenants.live.execute(tenants.globex, "echo", {"sleep_s": 2}, prefer="respond-async")
    theirs_id = theirs.json()["execution_id"]
    answers = [cancel(tenants, execution_id) for execution_id in (theirs_id, uuid.uuid4().hex)]
    for answer in answers:
        tenants.refusal(answer, 404, "execution_not_found")
    assert answers[0].text == answers[1].text
    assert tenants.live.finished(tenants.globex, theirs_id)["status"] == "completed"


def test_a_run_that_waits_for_another_attempt_is_cancelled(tenants: Tenants) -> None:
    module = factories.module(tenants.live.db, org=tenants.acme, python_module="flaky")
    given = {"how": "rate_limited", "fails": 1, "retry_after_s": 300}
    execution_id = submit(tenants, given, module=module)
    wait_until(lambda: state(tenants, execution_id) == ("queued", None, 1), what="it failed once")
    assert cancel(tenants, execution_id).status_code == 200
    assert state(tenants, execution_id) == ("done", "cancelled", 1)
