"""Workflows on a running installation: children, requests, items, events, and what is refused."""

from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.executions.workflows import detail, events, submit, workflow
from tests.http_server import Answer, HttpServer, Received
from tests.processes import wait_until


@pytest.fixture(autouse=True)
def modules(tenants: Tenants) -> None:
    for agent in ("data_processor", "flaky"):
        factories.module(tenants.live.db, org=tenants.acme, python_module=agent, name=agent)


def finished(tenants: Tenants, module: str, given: Any = None) -> dict[str, Any]:
    live, acme = tenants.live, tenants.acme
    return live.finished(acme, submit(live, acme, module, given))


def test_a_workflow_of_everything(tenants: Tenants) -> None:
    """A request, a data operation, modules for each item, a fallback, and a webhook."""
    live, acme = tenants.live, tenants.acme

    def answer(request: Received) -> Answer:
        return Answer(200, [{"name": "Ann", "age": 3}, {"name": "Bo", "age": 5}])

    with HttpServer(answer) as server:
        module = workflow(
            live, acme,
            {"id": "fetch", "uses": "http", "with": {"url": "${{ input.url }}"},
             "output": "${{ result.body }}"},
            {"id": "stats", "uses": "data", "needs": ["fetch"],
             "with": {"operation": "describe", "records": "${{ steps.fetch.output }}"},
             "output": "${{ result.columns.age.mean }}"},
            {"id": "greet", "uses": "module", "needs": ["fetch"],
             "for_each": {"items": "${{ steps.fetch.output }}", "concurrency": 2},
             "with": {"module": "echo", "input": {"text": "Hello ${{ item.name }}"}},
             "output": "${{ result.text }}"},
            {"id": "risky", "uses": "module", "on_error": {"fallback": "safe"},
             "with": {"module": "flaky", "input": {"how": "permanent", "fails": 9}}},
            {"id": "safe", "uses": "set", "with": {"why": "${{ steps.risky.error }}"}},
            {"id": "tell", "uses": "notify", "needs": ["stats", "greet", "risky"],
             "with": {"url": "${{ input.url }}", "message": "Mean ${{ steps.stats.output }}"}},
            output={
                "mean": "${{ steps.stats.output }}", "greetings": "${{ steps.greet.output }}",
                "why": "${{ steps.risky.output.why }}",
            },
        )  # fmt: skip
        ended = finished(tenants, module, {"url": server.url})
    assert ended["status"] == "completed", ended["error"]
    assert ended["output"]["mean"] == 4
    assert ended["output"]["greetings"] == ["Hello Ann", "Hello Bo"]
    assert "It is gone for good." in ended["output"]["why"]
    agents = sorted(child["agent"] for child in ended["children"])
    assert agents == ["data", "echo", "echo", "flaky"]
    assert server.received[-1].json()["message"] == "Mean 4.0"
    key = server.received[0].headers["idempotency-key"]
    assert key == f"{ended['execution_id']}/fetch"


def test_every_step_is_an_event_and_a_row(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    module = workflow(
        live, acme,
        {"id": "each", "uses": "set", "for_each": [1, 2], "with": {"n": "${{ item }}"}},
        {"id": "no", "uses": "set", "if": False},
        {"id": "bad", "uses": "module", "with": {"module": "nobody"}, "on_error": "continue"},
    )  # fmt: skip
    execution_id = finished(tenants, module)["execution_id"]
    found = events(live, execution_id)
    assert {(e["step"], e.get("index"), e["status"]) for e in found} == {
        ("each", 0, "started"), ("each", 1, "started"), ("each", 0, "completed"),
        ("each", 1, "completed"), ("each", None, "completed"), ("no", None, "skipped"),
        ("bad", None, "started"), ("bad", None, "failed"),
    }  # fmt: skip
    rows = live.db.execute(
        "SELECT step, index, status, output, org_id FROM executions_step WHERE execution_id = %s"
        " ORDER BY step, index",
        [execution_id],
    ).fetchall()
    assert rows == [
        ("bad", -1, "failed", None, acme.id),
        ("each", 0, "completed", '{"n":1}', acme.id),
        ("each", 1, "completed", '{"n":2}', acme.id),
        ("no", -1, "skipped", None, acme.id),
    ]


def test_a_secret_reaches_the_server_and_nothing_that_is_kept(tenants: Tenants) -> None:
    """The server gives it back, as careless ones do."""
    live, acme = tenants.live, tenants.acme
    value = "a-token-of-acme-12345"
    factories.secret(live.db, org=acme, name="TOKEN", value=value)

    def answer(request: Received) -> Answer:
        return Answer(200, {"you_sent": request.headers["x-token"]})

    with HttpServer(answer) as server:
        get = {
            "id": "get", "uses": "http",
            "with": {"url": server.url, "headers": {"X-Token": "${{ secrets.TOKEN }}"}},
        }  # fmt: skip
        ended = finished(tenants, workflow(live, acme, get))
    assert server.received[0].headers["x-token"] == value
    assert ended["status"] == "completed", ended["error"]
    kept = live.db.execute(
        "SELECT output FROM executions_step WHERE execution_id = %s", [ended["execution_id"]]
    ).fetchall()
    assert "you_sent" in str(kept)
    assert value not in f"{kept} {ended} {events(live, ended['execution_id'])}"


def test_a_workflow_that_is_not_valid_is_refused_with_paths(tenants: Tenants) -> None:
    step = {"id": "a", "uses": "set", "needs": ["b"], "with": {"x": "${{ a[ }}"}}
    module = workflow(tenants.live, tenants.acme, step)
    refused = tenants.refused(tenants.body(module_id=module), 409, "invalid_module_config")
    assert refused["errors"].keys() == {"config.steps.0.needs.0", "config.steps.0.with.x"}


def test_the_module_of_another_organization_does_not_exist(tenants: Tenants) -> None:
    live, acme, globex = tenants.live, tenants.acme, tenants.globex
    foreign = factories.module(live.db, org=globex, python_module="echo", name="Theirs")
    for name in (foreign, "Theirs"):
        module = workflow(live, acme, {"id": "a", "uses": "module", "with": {"module": name}})
        assert "No such module in this organization." in finished(tenants, module)["error"]


def test_a_child_ends_with_its_step(tenants: Tenants) -> None:
    """A step that times out, and a step beside one that failed."""
    live, acme = tenants.live, tenants.acme
    nap = {"module": "echo", "input": {"sleep_s": 60}}
    slow = {"id": "slow", "uses": "module", "with": nap}
    timed = workflow(live, acme, {**slow, "timeout_s": 0.3, "on_error": "continue"})
    bad = {"id": "bad", "uses": "module", "with": {"module": "nobody"}}
    beside = workflow(live, acme, slow, {"id": "w", "uses": "wait", "with": {"seconds": 0.3}},
                      {**bad, "needs": ["w"]})  # fmt: skip
    for module, status in ((timed, "completed"), (beside, "failed")):
        execution_id = finished(tenants, module)["execution_id"]

        def outcomes(execution_id: str = execution_id) -> list[Any]:
            children = detail(live, acme, execution_id)["children"]
            return [child["outcome"] for child in children]

        wait_until(lambda: outcomes() and all(outcomes()), what="its child has ended")
        assert "completed" not in outcomes()
        assert detail(live, acme, execution_id)["status"] == status


def test_a_long_wait_holds_no_place_and_says_until_when(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    wait = {"id": "nap", "uses": "wait", "with": {"seconds": 3600}}
    execution_id = submit(live, acme, workflow(live, acme, wait))
    found: dict[str, Any] = {}

    def waits() -> bool:
        found.update(detail(live, acme, execution_id)["run"]["waiting_because"] or {})
        return found.get("reason") == "waiting_step"

    wait_until(waits, what="it waits")
    assert (found["step"], found["message"]) == ("nap", "The step 'nap' waits until available_at.")
    live.db.execute(
        "UPDATE executions_step SET output = '{\"until\": 0}' WHERE execution_id = %s",
        [execution_id],
    )
    live.db.execute(
        "UPDATE executions_run SET available_at = now() WHERE execution_id = %s", [execution_id]
    )
    assert live.finished(acme, execution_id)["output"] == {"nap": {"seconds": 3600}}


@pytest.mark.parametrize(
    "header",
    [
        {"step": "", "index": -1},
        {"step": "a", "index": "one"},
        {"step": "a", "index": 10**9},
        {"step": "a", "index": -1, "status": "great"},
        {"step": "a", "index": -1, "took_s": "long"},
    ],
)
def test_checkpoints_that_make_no_sense_cannot_end_the_worker(
    tenants: Tenants, header: dict[str, Any]
) -> None:
    live, acme = tenants.live, tenants.acme
    forger = factories.module(live.db, org=acme, python_module="forger")
    factories.policy(live.db, org=acme, module_id=forger, max_attempts=1)
    good = {"kind": "checkpoint", "status": "completed", "error": "", "took_s": 0}
    given = {"header": {**good, **header}, "module": "x", "body": "{}"}
    ended = finished(tenants, forger, given)
    assert "ended unexpectedly" in ended["error"]
    assert live.execute(acme, tenants.echo, {"n": 1}).json()["output"] == {"n": 1}


@pytest.mark.parametrize(
    "suspended",
    [
        None,
        {},
        {"reason": "boredom", "step": "a", "resume_in_s": 1},
        {"reason": "wait", "step": ["a"], "resume_in_s": 1},
        {"reason": "wait", "step": "a", "resume_in_s": "soon"},
        {"reason": "wait", "step": "a", "resume_in_s": True},
    ],
)
def test_pauses_that_make_no_sense_cannot_end_the_worker(tenants: Tenants, suspended: Any) -> None:
    live, acme = tenants.live, tenants.acme
    forger = factories.module(live.db, org=acme, python_module="forger")
    factories.policy(live.db, org=acme, module_id=forger, max_attempts=1)
    header = {
        "kind": "result", "status": "suspended", "error": "", "code": "", "retryable": False,
        "retry_after_s": None, "detail": "", "usage": [], "suspended": suspended,
    }  # fmt: skip
    ended = finished(tenants, forger, {"header": header, "module": "x", "body": ""})
    assert "ended unexpectedly" in ended["error"]
    assert live.execute(acme, tenants.echo, {"n": 1}).json()["output"] == {"n": 1}
