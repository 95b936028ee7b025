"""Workflows that wait for an operator: what they hold meanwhile, and how they go on."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.executions.workflows import (
    ASK,
    answer,
    asked,
    detail,
    submit,
    waits_for_approval,
    workflow,
)
from tests.processes import wait_until


def test_it_holds_nothing_while_it_waits_and_says_for_what(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    execution_id = asked(tenants)
    found = detail(live, acme, execution_id)
    assert found["status"] == "running"
    assert (found["run"]["state"], found["run"]["attempt"]) == ("queued", 0)
    assert found["run"]["next_attempt_at"] is None
    because = found["run"]["waiting_because"]
    assert (because["step"], because["message"]) == (
        "ask", "The step 'ask' waits for an operator's approval.",
    )  # fmt: skip
    [approval] = found["approvals"]
    assert approval.pop("asked_at") < approval.pop("expires_at")
    assert approval == {
        "step": "ask", "title": "Send it?", "message": "To all.", "state": "pending",
        "decided_by": None, "decided_at": None, "comment": "",
    }  # fmt: skip
    held = live.db.execute(
        "SELECT lease_until, worker FROM executions_run WHERE execution_id = %s", [execution_id]
    )
    assert held.fetchone() == (None, None)


def test_an_approval_lets_it_go_on_at_once(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    then = {
        "id": "then", "uses": "set", "needs": ["ask"], "with": {"by": "${{ steps.ask.output.by }}"},
    }  # fmt: skip
    execution_id = asked(tenants, then)
    response = answer(live, acme, execution_id, "approve", comment="Fine, go.")
    assert response.status_code == 200, response.text
    body = response.json()
    assert (body["state"], body["comment"]) == ("approved", "Fine, go.")
    assert body["decided_by"] == f"key:{acme.key_id}"
    ended = live.finished(acme, execution_id)
    assert ended["output"] == {"then": {"by": f"key:{acme.key_id}"}}
    assert ended["run"]["attempt"] == 1


@pytest.mark.parametrize("comment", ["", "Too early."])
def test_a_rejection_is_a_failure_of_the_step(tenants: Tenants, comment: str) -> None:
    live, acme = tenants.live, tenants.acme
    execution_id = asked(tenants)
    assert answer(live, acme, execution_id, "reject", comment=comment).status_code == 200
    ended = live.finished(acme, execution_id)
    why = f": {comment}" if comment else "."
    assert ended["error"] == f"The step 'ask' failed: Rejected by key:{acme.key_id}{why}"


def test_on_error_decides_what_a_rejection_means(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    ask = {**ASK, "on_error": {"fallback": "instead"}}
    instead = {"id": "instead", "uses": "set", "with": {"why": "${{ steps.ask.error }}"}}
    module = workflow(live, acme, ask, instead, output="${{ steps.ask }}")
    execution_id = submit(live, acme, module)
    waits_for_approval(live, acme, execution_id)
    answer(live, acme, execution_id, "reject", comment="No.")
    found = live.finished(acme, execution_id)
    why = f"Rejected by key:{acme.key_id}: No."
    assert found["output"] == {"output": {"why": why}, "status": "completed", "error": why}


def test_nobody_answers_in_time(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    ask = {**ASK, "with": {"title": "Quick?", "expires_s": 1}}
    execution_id = submit(live, acme, workflow(live, acme, ask))
    ended = live.finished(acme, execution_id)
    assert ended["error"] == "The step 'ask' failed: Nobody decided in time."
    assert [a["state"] for a in ended["approvals"]] == ["expired"]
    refused = answer(live, acme, execution_id, "approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "approval_expired")


def test_the_second_decision_is_refused(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    execution_id = asked(tenants)
    with ThreadPoolExecutor(8) as threads:
        given = ["approve", "reject"] * 4
        responses = list(threads.map(lambda d: answer(live, acme, execution_id, d), given))
    codes = sorted(response.status_code for response in responses)
    assert codes == [200, *[409] * 7]
    won = next(r.json()["state"] for r in responses if r.status_code == 200)
    ended = live.finished(acme, execution_id)
    assert ended["status"] == {"approved": "completed", "rejected": "failed"}[won]


def test_another_organization_and_unknown_steps_find_nothing(tenants: Tenants) -> None:
    live, acme, globex = tenants.live, tenants.acme, tenants.globex
    execution_id = asked(tenants)
    refusals = {
        (response.status_code, response.text)
        for response in (
            answer(live, globex, execution_id, "approve"),
            answer(live, acme, execution_id, "approve", step="other"),
            answer(live, acme, uuid.uuid4().hex, "approve"),
        )
    }
    assert len(refusals) == 1
    assert refusals.pop()[0] == 404
    assert detail(live, acme, execution_id)["approvals"][0]["state"] == "pending"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "decision"),
        ({"decision": "maybe"}, "decision"),
        ({"decision": "approve", "comment": 3}, "comment"),
        ({"decision": "approve", "comment": "x" * 2001}, "comment"),
        ({"decision": "approve", "by": "me"}, "by"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_and_changes_nothing(
    tenants: Tenants, body: dict[str, object], path: str
) -> None:
    execution_id = asked(tenants)
    response = tenants.post(body, path=f"/executions/{execution_id}/approvals/ask")
    assert path in tenants.refusal(response, 400, "invalid_request")["errors"]
    found = detail(tenants.live, tenants.acme, execution_id)
    assert found["approvals"][0]["state"] == "pending"


def test_cancel_ends_it_at_once_and_closes_the_question(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    execution_id = asked(tenants)
    response = tenants.post({}, path=f"/executions/{execution_id}/cancel")
    assert (response.status_code, response.json()["error"]) == (200, "Cancelled.")
    assert detail(live, acme, execution_id)["approvals"][0]["state"] == "closed"
    refused = answer(live, acme, execution_id, "approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_finished")


def test_what_runs_beside_it_goes_on_and_several_questions_wait_at_once(tenants: Tenants) -> None:
    """A decision that comes while the execution runs is not forgotten when it pauses again."""
    live, acme = tenants.live, tenants.acme
    second = {"id": "second", "uses": "approval", "with": {"title": "And this?"}}
    slow = {
        "id": "slow", "uses": "module", "with": {"module": "echo", "input": {"sleep_s": 1.5}},
    }  # fmt: skip
    execution_id = submit(live, acme, workflow(live, acme, ASK, second, slow))

    def open_questions() -> int:
        approvals = detail(live, acme, execution_id)["approvals"]
        return sum(approval["state"] == "pending" for approval in approvals)

    wait_until(lambda: open_questions() == 2, what="both are asked")
    assert detail(live, acme, execution_id)["run"]["state"] == "running"
    assert answer(live, acme, execution_id, "approve", step="second").status_code == 200
    waits_for_approval(live, acme, execution_id)
    answer(live, acme, execution_id, "approve")
    ended = live.finished(acme, execution_id)
    assert ended["output"].keys() == {"ask", "second", "slow"}
    assert len(ended["children"]) == 1, "the slow step ran once"


def test_when_it_began_stays_when_it_began(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    execution_id = asked(tenants)
    before = detail(live, acme, execution_id)["started_at"]
    answer(live, acme, execution_id, "approve")
    ended = live.finished(acme, execution_id)
    assert ended["started_at"] == before
    assert ended["run"]["claimed_at"] > before


def test_an_execution_waits_for_one_that_waits_for_an_operator(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    child = workflow(live, acme, ASK, output="${{ steps.ask.output.comment }}")
    call = {"id": "call", "uses": "module", "with": {"module": child}}
    execution_id = submit(live, acme, workflow(live, acme, call))
    children: list[str] = []

    def called() -> bool:
        found = detail(live, acme, execution_id)["children"]
        children.extend(child["execution_id"] for child in found)
        return bool(children)

    wait_until(called, what="it called")
    waits_for_approval(live, acme, children[0])
    answer(live, acme, children[0], "approve", comment="Both.")
    assert live.finished(acme, execution_id)["output"] == {"call": "Both."}


def test_cancel_ends_a_called_one_that_waits(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    call = {"id": "call", "uses": "module", "with": {"module": workflow(live, acme, ASK)}}
    execution_id = submit(live, acme, workflow(live, acme, call))

    def child() -> dict[str, Any]:
        children = detail(live, acme, execution_id)["children"]
        return children[0] if children else {}

    wait_until(child, what="it called")
    waits_for_approval(live, acme, child()["execution_id"])
    tenants.post({}, path=f"/executions/{execution_id}/cancel")
    wait_until(lambda: child()["outcome"] == "cancelled", what="the child ended")


def test_any_agent_can_keep_steps_and_ask(tenants: Tenants) -> None:
    """Plain Python of a package, in a thread."""
    live, acme = tenants.live, tenants.acme
    module = factories.module(live.db, org=acme, python_module="in_steps")
    execution_id = submit(live, acme, module)
    waits_for_approval(live, acme, execution_id)
    answer(live, acme, execution_id, "reject")
    output = live.finished(acme, execution_id)["output"]
    assert output == {"kept": {"step 0": {"n": 0}}, "answer": "rejected"}
