"""Workflow modules for tests on a running installation."""

from typing import Any

from tests import factories
from tests.executions.conftest import Tenants
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until

ASK = {"id": "ask", "uses": "approval", "with": {"title": "Send it?", "message": "To all."}}


def workflow(live: Live, org: Org, *steps: dict[str, Any], **top: Any) -> str:
    config = {"steps": list(steps), **top}
    return factories.module(live.db, org=org, python_module="automation", config=config)


def submit(live: Live, org: Org, module: str, given: Any = None) -> str:
    answer = live.execute(org, module, given, prefer="respond-async")
    assert answer.status_code == 202, answer.text
    execution_id: str = answer.json()["execution_id"]
    return execution_id


def detail(live: Live, org: Org, execution_id: str) -> dict[str, Any]:
    found: dict[str, Any] = live.get(org, f"/executions/{execution_id}").json()
    return found


def waits_for_approval(live: Live, org: Org, execution_id: str) -> dict[str, Any]:
    """Its detail, once it does."""
    found: dict[str, Any] = {}

    def waits() -> bool:
        found.update(detail(live, org, execution_id))
        because = (found["run"] or {}).get("waiting_because") or {}
        return because.get("reason") == "waiting_for_approval"

    wait_until(waits, what=f"it waits: {found}")
    return found


def answer(
    live: Live, org: Org, execution_id: str, decision: str, *, step: str = "ask", **fields: Any
) -> Any:
    return live.http.post(
        f"/executions/{execution_id}/approvals/{step}",
        json={"decision": decision, **fields},
        headers={"X-API-Key": org.key},
    )


def events(live: Live, execution_id: str, kind: str = "step") -> list[dict[str, Any]]:
    rows = live.db.execute(
        "SELECT data FROM executions_event WHERE execution_id = %s AND kind = %s ORDER BY seq",
        [execution_id, kind],
    )
    return [row[0] for row in rows.fetchall()]


def asked(tenants: Tenants, *more: dict[str, Any], **top: Any) -> str:
    """The id of an execution of Acme's that waits for the approval `ask`."""
    live, acme = tenants.live, tenants.acme
    execution_id = submit(live, acme, workflow(live, acme, ASK, *more, **top))
    waits_for_approval(live, acme, execution_id)
    return execution_id
