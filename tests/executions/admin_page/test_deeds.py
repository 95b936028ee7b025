"""What operators do on an execution's page: who may, what follows, and that it is recorded."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from executions.models import Approval, ModuleExecution, Run
from platform_agents.tenancy.audit import AuditEntry
from tests.executions.admin_page.conftest import ENDED, PAGE, completed, page, run_of, store
from tests.tenancy.conftest import Shop, staff

DEEDS = {
    "cancel": {},
    "retry": {"config": "current"},
    "decide": {"step": "ask", "decision": "approve", "comment": "Fine."},
}


def _do(client: Client, id_: str, deed: str, **fields: Any) -> Any:
    return client.post(f"{PAGE}/{id_}/{deed}/", {**DEEDS[deed], **fields})


def _run(shop: Shop, id_: str) -> Run:
    return Run.objects.for_org(shop.org.id).get(execution_id=id_)


def _verbs(shop: Shop) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.for_org(shop.org.id).order_by("id")
    return list(rows.values_list("verb", "by"))


def _asking(shop: Shop) -> str:
    id_ = run_of(shop, suspended="approval:ask", available_at="2099-01-01Z", checkpointed=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO executions_approval (execution_id, org_id, step, title, expires_at) "
            "VALUES (%s, %s, 'ask', 'Send it?', now() + interval '1 day')",
            [id_, shop.org.id],
        )
    return id_


def _said(client: Client, response: Any) -> str:
    return client.get(response["Location"]).content.decode()


def test_a_queued_one_is_cancelled(operator: Client, acme: Shop) -> None:
    id_ = run_of(acme)
    answer = _do(operator, id_, "cancel")
    assert "It was cancelled." in _said(operator, answer)
    assert _run(acme, id_).outcome == "cancelled"
    assert _verbs(acme) == [("execution.cancelled", "ann")]


def test_a_finished_one_is_not_cancelled_and_it_is_said_why(operator: Client, acme: Shop) -> None:
    id_ = completed(acme)
    answer = _do(operator, id_, "cancel")
    assert "has finished already" in _said(operator, answer)
    assert _verbs(acme) == []


def test_a_finished_one_runs_again_with_its_input(operator: Client, acme: Shop) -> None:
    id_ = completed(acme)
    store(id_, input='{"word":"hello"}')
    answer = _do(operator, id_, "retry")
    new_id = answer["Location"].split("/")[-3]
    assert new_id != id_
    new = ModuleExecution.objects.for_org(acme.org.id).get(id=new_id)
    assert new.input == {"word": "hello"}
    run = _run(acme, new_id)
    assert (run.retry_of, run.origin, run.requested_by) == (id_, "retry", "user:ann")
    assert _verbs(acme) == [("execution.retried", "ann")]
    assert "an earlier execution" in page(operator, new_id)


def test_the_same_config_is_asked_for_where_it_is_known(operator: Client, acme: Shop) -> None:
    id_ = completed(acme)
    assert 'value="same"' not in page(operator, id_)
    answer = _do(operator, id_, "retry", config="same")
    assert "It is not known which version" in _said(operator, answer)
    first = _do(operator, id_, "retry")["Location"].split("/")[-3]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE executions_run SET state = 'done', outcome = 'completed' "
            "WHERE execution_id = %s",
            [first],
        )
    assert 'value="same"' in page(operator, first)
    again = _do(operator, first, "retry", config="same")["Location"].split("/")[-3]
    assert _run(acme, again).config_version == _run(acme, first).config_version


def test_why_it_cannot_run_again_is_said(operator: Client, acme: Shop) -> None:
    running = run_of(acme)
    assert "has not finished" in _said(operator, _do(operator, running, "retry"))
    id_ = completed(acme)
    store(id_, input='{"sleep_s": "long"}')
    assert "sleep_s" in _said(operator, _do(operator, id_, "retry"))
    assert _verbs(acme) == []


@pytest.mark.parametrize(("decision", "state"), [("approve", "approved"), ("reject", "rejected")])
def test_a_question_is_decided_with_a_comment(
    operator: Client, acme: Shop, decision: str, state: str
) -> None:
    id_ = _asking(acme)
    assert "Send it?" in page(operator, id_)
    html = _said(operator, _do(operator, id_, "decide", decision=decision))
    approval = Approval.objects.for_org(acme.org.id).get(execution_id=id_)
    assert (approval.state, approval.comment) == (state, "Fine.")
    assert "By ann," in html
    assert _verbs(acme) == [("approval.decided", "ann")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"decision": "perhaps"}, "Choose to approve or to reject."),
        ({"comment": "x" * 2_001}, "A comment has at most 2,000 characters"),
        ({"comment": "a\x00b"}, "no NUL character"),
        ({"step": "other"}, "No such approval"),
        ({"step": "a\x00sk"}, "Approved."),
    ],
)
def test_a_bad_decision_is_refused_with_a_reason(
    operator: Client, acme: Shop, fields: dict[str, str], said: str
) -> None:
    id_ = _asking(acme)
    assert said in _said(operator, _do(operator, id_, "decide", **fields))


@pytest.mark.parametrize("deed", DEEDS)
class TestWhoMay:
    def test_a_viewer_looks_and_does_nothing(self, acme: Shop, deed: str) -> None:
        id_ = _asking(acme) if deed != "retry" else completed(acme)
        viewer = staff("vera", acme=(acme, "viewer"))
        html = page(viewer, id_)
        assert f"/{deed}/" not in html
        before = _run(acme, id_)
        assert _do(viewer, id_, deed).status_code == 403
        assert vars(_run(acme, id_)) | {"_state": 0} == vars(before) | {"_state": 0}
        assert _verbs(acme) == []

    def test_a_foreign_execution_is_a_missing_one_and_stays_as_it_is(
        self, operator: Client, globex: Shop, deed: str
    ) -> None:
        id_ = _asking(globex) if deed != "retry" else completed(globex)
        foreign, missing = _do(operator, id_, deed), _do(operator, "x" * 32, deed)
        assert (foreign.status_code, foreign["Location"]) == (302, missing["Location"])
        assert _verbs(globex) == []
        assert Run.objects.for_org(globex.org.id).filter(retry_of=id_).count() == 0

    def test_looking_at_the_address_does_nothing(
        self, operator: Client, acme: Shop, deed: str
    ) -> None:
        id_ = _asking(acme)
        assert operator.get(f"{PAGE}/{id_}/{deed}/").status_code == 405
        assert _verbs(acme) == []


def test_the_page_itself_takes_no_changes(superuser: Client, acme: Shop) -> None:
    id_ = run_of(acme, **ENDED, outcome="completed")
    assert superuser.post(f"{PAGE}/{id_}/change/", {"status": "failed"}).status_code == 403


def test_a_superuser_does_it_for_any_organization(superuser: Client, globex: Shop) -> None:
    id_ = run_of(globex)
    _do(superuser, id_, "cancel")
    assert _run(globex, id_).outcome == "cancelled"
    assert json.dumps(_verbs(globex)) == '[["execution.cancelled", "root"]]'
