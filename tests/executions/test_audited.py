"""What is done to executions is in the audit: by whom, on what, and only when it was done."""

import uuid
from typing import Any

import pytest

from executions import purge, switches, targets
from executions.again import run_again
from executions.approvals import decide
from executions.cancelling import cancel
from executions.errors import AlreadyFinished, ExecutionNotFound, NotFinished
from modules.circuit import reset_circuit
from platform_agents.tenancy.audit import AuditEntry
from tests import factories
from tests.executions.test_dispatch import Connection
from tests.factories import Org

pytestmark = pytest.mark.django_db
db: Any = Connection()


@pytest.fixture
def acme() -> Org:
    return factories.organization(db)


@pytest.fixture
def globex() -> Org:
    return factories.organization(db, name="Globex")


def entries(org: Org) -> list[AuditEntry]:
    return list(AuditEntry.objects.for_org(org.id).order_by("id"))


def queued(org: Org) -> str:
    module = factories.module(db, org=org)
    return factories.queued_run(db, org=org, module_id=module, queued_at="2020-01-01")


def test_a_cancel_names_who_and_what(acme: Org, globex: Org) -> None:
    execution = queued(acme)
    cancel(acme.id, execution, by="user:ann", address="10.0.0.1")
    [entry] = entries(acme)
    assert (entry.verb, entry.by, entry.object_id) == ("execution.cancelled", "ann", execution)
    assert (entry.after, entry.address) == ({"executions": 1}, "10.0.0.1")
    with pytest.raises(AlreadyFinished):
        cancel(acme.id, execution, by="user:ann")
    with pytest.raises(ExecutionNotFound):
        cancel(globex.id, execution, by="user:gus")
    assert len(entries(acme)) == 1
    assert entries(globex) == []


def test_running_again_names_both_executions(acme: Org) -> None:
    module = factories.module(db, org=acme)
    row = factories.gateway_row(db, org=acme, module_id=module, status="failed")
    given: dict[str, Any] = {"config": "current", "requested_by": "user:ann"}
    first = run_again(acme.id, row, idempotency_key="user:1", **given)
    again = run_again(acme.id, row, idempotency_key="user:1", **given)
    assert again.repeated
    [entry] = entries(acme)
    assert (entry.verb, entry.by, entry.object_id) == ("execution.retried", "ann", row)
    assert entry.after["execution"] == first.execution_id
    with pytest.raises(NotFinished):
        run_again(acme.id, first.execution_id, **given)
    assert len(entries(acme)) == 1


def test_pauses_name_their_target(acme: Org, globex: Org) -> None:
    module = factories.module(db, org=acme)
    target = targets.find(module_id=module)
    switches.pause(target, reason="Broken.", by="ann")
    switches.resume(target, by="ann")
    assert not switches.resume(target, by="ann")
    assert [(e.verb, e.model, e.object_id, e.after) for e in entries(acme)] == [
        ("switch.paused", "modules.module", module, {"reason": "Broken."}),
        ("switch.resumed", "modules.module", module, None),
    ]
    switches.pause(targets.find(org_id=globex.id), reason="Late.", by="root")
    [entry] = entries(globex)
    assert (entry.model, entry.object_id) == ("tenancy.organization", globex.id)


def test_a_purge_of_everything_tells_each_organization_of_its_own(acme: Org, globex: Org) -> None:
    for org, runs in ((acme, 2), (globex, 1)):
        for _ in range(runs):
            queued(org)
    purge.purge(purge.preview(targets.EVERYTHING), by="root")
    for org, runs in ((acme, 2), (globex, 1)):
        [entry] = entries(org)
        assert (entry.verb, entry.by, entry.label) == ("queue.purged", "root", "everything")
        assert entry.before["queued"] == runs


def test_a_decision_names_its_answer(acme: Org) -> None:
    execution = queued(acme)
    db.execute(
        "INSERT INTO executions_approval (execution_id, org_id, step, title, expires_at) "
        "VALUES (%s, %s, 'ask', 'Send it?', now() + interval '1 hour')",
        [execution, acme.id],
    )
    decide(acme.id, execution, "ask", approve=False, by="key:1", comment="No.")
    [entry] = entries(acme)
    assert (entry.verb, entry.by, entry.object_id, entry.label) == (
        "approval.decided", "key:1", execution, "ask",
    )  # fmt: skip
    assert entry.after == {"state": "rejected", "comment": "No."}


def test_a_circuit_that_is_reset_by_hand(acme: Org) -> None:
    module = factories.module(db, org=acme, status="error")
    reset_circuit(org_id=acme.id, module_id=module, by="ann")
    [entry] = entries(acme)
    assert (entry.verb, entry.after) == ("circuit.reset", {"made_active": True})


def test_what_is_not_there_leaves_nothing(acme: Org) -> None:
    with pytest.raises(ExecutionNotFound):
        cancel(acme.id, uuid.uuid4().hex, by="ann")
    assert entries(acme) == []
