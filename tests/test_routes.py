"""Every address outside the admin, called as the other organization. A route that is missing from
CASES fails: whoever adds one says here what a stranger gets."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from agents.remote_contract import signature
from executions.feeds.routing import websocket_urlpatterns
from tests import factories
from tests.executions.feeds import clients
from tests.executions.workflows import ASK, submit, waits_for_approval, workflow
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until
from tests.remote_server import KEY, Answer, RemoteServer

Case = Callable[[Live, Org, Org], None]


def case_execute(live: Live, acme: Org, globex: Org) -> None:
    """Neither in the other's name, nor with anything that is the other's."""
    module = factories.module(live.db, org=globex, name=f"of {globex.id}")
    own = factories.module(live.db, org=acme)
    task = factories.task(live.db, org=globex)
    row = factories.gateway_row(live.db, org=globex, module_id=module)
    before = live.rows(acme), live.rows(globex)

    def status(**changes: Any) -> int:
        body = {"module_id": own, "org_id": acme.id, "input_data": {}, **changes}
        headers = {"X-API-Key": acme.key}
        return live.http.post("/execute", json=body, headers=headers).status_code

    assert status(org_id=globex.id) == 403
    assert status(org_id=globex.id, module_id=module) == 403
    assert status(module_id=module) == 404
    assert status(module_id=f"of {globex.id}") == 404
    assert status(task_id=task) == 404
    assert status(execution_id=row) == 404
    assert (live.rows(acme), live.rows(globex)) == before


def case_batch(live: Live, acme: Org, globex: Org) -> None:
    """Like a single one; and a key of the other's is not known here."""
    module = factories.module(live.db, org=globex, name=f"of {globex.id}")
    own = factories.module(live.db, org=acme)
    task = factories.task(live.db, org=globex)

    def call(org: Org, **changes: Any) -> httpx.Response:
        body = {"module_id": own, "org_id": acme.id, "inputs": [{}, {}], **changes}
        headers = {"X-API-Key": org.key, "Idempotency-Key": "one"}
        return live.http.post("/execute/batch", json=body, headers=headers)

    theirs = call(globex, org_id=globex.id, module_id=module).json()
    before = live.rows(acme), live.rows(globex)
    assert call(acme, org_id=globex.id, module_id=module).status_code == 403
    assert call(acme, module_id=module).status_code == 404
    assert call(acme, module_id=f"of {globex.id}").status_code == 404
    assert call(acme, task_id=task).status_code == 404
    assert (live.rows(acme), live.rows(globex)) == before
    assert not set(call(acme).json()["execution_ids"]) & set(theirs["execution_ids"])


def case_execution(live: Live, acme: Org, globex: Org) -> None:
    """A foreign execution and a missing one are the same answer, to the byte."""
    module = factories.module(live.db, org=globex)
    ours = live.execute(globex, module, {"secret": 1}).json()["execution_id"]
    gateways = factories.gateway_row(live.db, org=globex, module_id=module)
    answers = set()
    for execution_id in (ours, gateways, uuid.uuid4().hex):
        response = live.get(acme, f"/executions/{execution_id}")
        answers.add((response.status_code, response.text.replace(execution_id, "ID")))
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def case_executions(live: Live, acme: Org, globex: Org) -> None:
    """Nothing of the other's is listed, whatever is asked for. A foreign module and a missing one
    are the same answer; a foreign task has no executions, like a missing one."""
    module = factories.module(live.db, org=globex, name="Globex module")
    task = factories.task(live.db, org=globex)
    live.execute(globex, module, {"secret": 1}, task_id=task)
    row = factories.gateway_row(live.db, org=globex, module_id=module)
    for query in ("", "?status=completed", "?state=done", f"?task_id={task}", "?task_id=none"):
        assert live.get(acme, f"/executions{query}").json() == {"executions": [], "next": None}
    missing = live.get(acme, f"/executions?module_id={uuid.uuid4().hex}")
    foreign = live.get(acme, f"/executions?module_id={module}")
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    theirs = live.get(globex, "/executions?limit=1").json()
    assert theirs["executions"][0]["execution_id"] == row
    assert live.get(acme, f"/executions?cursor={theirs['next']}").json()["executions"] == []


def case_modules(live: Live, acme: Org, globex: Org) -> None:
    factories.module(live.db, org=globex, name="Globex module")
    for query in ("", "?status=active", "?agent=echo", "?category=test"):
        empty = {"modules": [], "schemas": {}, "next": None}
        assert live.get(acme, f"/modules{query}").json() == empty
    theirs = live.get(globex, "/modules").json()
    assert [module["name"] for module in theirs["modules"]] == ["Globex module"]


def case_module(live: Live, acme: Org, globex: Org) -> None:
    """A foreign module and a missing one are the same answer, to the byte."""
    module = factories.module(live.db, org=globex, name="Globex module")
    assert live.get(globex, f"/modules/{module}").status_code == 200
    foreign, missing = (live.get(acme, f"/modules/{id_}") for id_ in (module, uuid.uuid4().hex))
    assert (foreign.status_code, foreign.content) == (404, missing.content)


def case_agents(live: Live, acme: Org, globex: Org) -> None:
    """What is installed is the same for everybody, and says nothing of anybody."""
    module = factories.module(live.db, org=globex, name="Globex module", config={"mark": "Globex"})
    ours, theirs = (live.get(org, "/agents") for org in (acme, globex))
    assert (ours.status_code, ours.content) == (200, theirs.content)
    marks = [globex.id, globex.key, globex.user_id, module, "Globex", acme.id]
    assert [mark for mark in marks if mark in ours.text] == []


def case_events(live: Live, acme: Org, globex: Org) -> None:
    """Neither a page nor a stream. tests/executions/feeds says more."""
    module = factories.module(live.db, org=globex, python_module="reporter")
    ours = live.execute(globex, module).json()["execution_id"]
    answers = set()
    for execution_id in (ours, uuid.uuid4().hex):
        for accept in ("application/json", "text/event-stream"):
            headers = {"X-API-Key": acme.key, "Accept": accept}
            response = live.http.get(f"/executions/{execution_id}/events", headers=headers)
            answers.add((response.status_code, response.text.replace(execution_id, "ID")))
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def case_execution_socket(live: Live, acme: Org, globex: Org) -> None:
    module = factories.module(live.db, org=globex)
    ours = live.execute(globex, module).json()["execution_id"]
    refusals = {
        clients.refused(live, f"/ws/executions/{id_}", X_API_Key=acme.key)
        for id_ in (ours, uuid.uuid4().hex)
    }
    assert [code for code, _ in refusals] == [4404]


def case_organization_socket(live: Live, acme: Org, globex: Org) -> None:
    """Neither by name, nor mixed into one's own."""
    module = factories.module(live.db, org=globex)
    refusals = {
        clients.refused(live, f"/ws/executions?org_id={id_}", X_API_Key=acme.key)
        for id_ in (globex.id, uuid.uuid4().hex)
    }
    assert [code for code, _ in refusals] == [4404]
    own = factories.module(live.db, org=acme)
    with clients.watching(live, acme, "/ws/executions") as opened:
        assert clients.message(opened) == {"type": "ready"}
        live.execute(globex, module)
        mine = live.execute(acme, own).json()["execution_id"]
        told = [clients.message(opened)]
        while told[-1]["state"] != "done":
            told.append(clients.message(opened))
        assert {m["execution_id"] for m in told} == {mine}


def says_nothing_of_anybody(path: str) -> Case:
    """Public, or the same for everybody: no organization, module or key stands in the answer."""

    def case(live: Live, acme: Org, globex: Org) -> None:
        module = factories.module(live.db, org=globex, name="Globex module")
        live.execute(globex, module)
        wait_until(lambda: live.http.get(path).status_code == 200, what=f"{path} is well")
        marks = [globex.id, globex.key, globex.user_id, module, "Globex", acme.id]
        for response in (live.http.get(path), live.get(acme, path)):
            assert response.status_code == 200
            assert [mark for mark in marks if mark in response.text] == []

    return case


def case_cancel(live: Live, acme: Org, globex: Org) -> None:
    """tests/executions/test_cancel.py says more."""
    factories.module(live.db, org=globex)
    ours = live.execute(globex, "echo", {"sleep_s": 1}, prefer="respond-async").json()
    path = f"/executions/{ours['execution_id']}/cancel"
    assert live.http.post(path, headers={"X-API-Key": acme.key}).status_code == 404
    assert live.finished(globex, ours["execution_id"])["status"] == "completed"


def case_retry(live: Live, acme: Org, globex: Org) -> None:
    """tests/executions/test_retry.py says more."""
    factories.module(live.db, org=globex)
    ours = live.execute(globex, "echo", {"n": 1}).json()["execution_id"]
    before = live.rows(acme), live.rows(globex)
    path = f"/executions/{ours}/retry"
    assert live.http.post(path, headers={"X-API-Key": acme.key}).status_code == 404
    assert (live.rows(acme), live.rows(globex)) == before


def case_approval(live: Live, acme: Org, globex: Org) -> None:
    """tests/executions/test_approvals.py says more."""
    execution_id = submit(live, globex, workflow(live, globex, ASK))
    waits_for_approval(live, globex, execution_id)
    answers = set()
    for id_ in (execution_id, uuid.uuid4().hex):
        path, headers = f"/executions/{id_}/approvals/ask", {"X-API-Key": acme.key}
        response = live.http.post(path, json={"decision": "approve"}, headers=headers)
        answers.add((response.status_code, response.text.replace(id_, "ID")))
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    assert waits_for_approval(live, globex, execution_id)["approvals"][0]["state"] == "pending"


def case_callback(live: Live, acme: Org, globex: Org) -> None:
    """Neither with a key, nor with the address, nor signed with a key of one's own. More stands in
    tests/executions/test_callbacks.py."""
    with RemoteServer.running(lambda _: Answer(status=202)) as server:
        factories.secret(live.db, org=globex, name="KEY", value=KEY)
        config = {"signing_key": "${{ secrets.KEY }}"}
        module = factories.module(live.db, org=globex, endpoint=server.url, config=config)
        ours = live.execute(globex, module, prefer="respond-async").json()["execution_id"]
        wait_until(lambda: server.asked, what="the server is asked")
        [asked] = server.asked
        body, headers = {"output": 1}, {"X-API-Key": acme.key}
        for execution_id in (ours, uuid.uuid4().hex):
            path = f"/executions/{execution_id}/callback"
            assert live.http.post(path, json=body, headers=headers).status_code == 404
        wrong = {"timestamp": str(int(time.time()))}
        wrong["signature"] = signature(acme.key, timestamp=wrong["timestamp"], body=b"{}")
        assert asked.call_back(b"{}", **wrong).status_code == 401
        assert asked.call_back(body).status_code == 202
        assert live.finished(globex, ours)["output"] == 1


CASES: dict[str, Case] = {
    "execute": case_execute,
    "execute/batch": case_batch,
    "executions": case_executions,
    "executions/<str:execution_id>": case_execution,
    "executions/<str:execution_id>/events": case_events,
    "executions/<str:execution_id>/callback": case_callback,
    "executions/<str:execution_id>/cancel": case_cancel,
    "executions/<str:execution_id>/retry": case_retry,
    "executions/<str:execution_id>/approvals/<str:step>": case_approval,
    "modules": case_modules,
    "modules/<str:module_id>": case_module,
    "agents": case_agents,
    "health": says_nothing_of_anybody("/health"),
    "health/ready": says_nothing_of_anybody("/health/ready"),
    "openapi.json": says_nothing_of_anybody("/openapi.json"),
    "docs": says_nothing_of_anybody("/docs"),
    "metrics": says_nothing_of_anybody("/metrics"),
}

SOCKETS: dict[str, Case] = {
    "ws/executions": case_organization_socket,
    "ws/executions/<str:execution_id>": case_execution_socket,
}
"""The same for addresses of WebSockets."""


def routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if route == "admin/":
            continue  # tests/tenancy/test_admin.py looks at every page there
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def test_every_route_is_in_the_table() -> None:
    assert set(routes(get_resolver().url_patterns)) == set(CASES)
    everything_else = ""
    assert {str(p.pattern) for p in websocket_urlpatterns} == {*SOCKETS, everything_else}


@pytest.mark.parametrize(
    "case", [*CASES.values(), *SOCKETS.values()], ids=[*CASES.keys(), *SOCKETS.keys()]
)
def test_the_other_organization_gets_nothing(live: Live, case: Case) -> None:
    acme, globex = (factories.organization(live.db, name=name) for name in ("Acme", "Globex"))
    case(live, acme, globex)


@pytest.mark.parametrize(
    "case",
    [
        "execute", "execute/batch", "executions", "executions/some-id", "modules",
        "modules/some-id", "agents",
    ],
)  # fmt: skip
def test_without_a_key_there_is_nothing_but_health(live: Live, case: str) -> None:
    assert live.http.get(f"/{case}").status_code == 401
    assert live.http.post(f"/{case}", json={}).status_code == 401
