"""`context.call_module`: what a parent gets, what a tree looks like, and what is refused."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.factories import Org
from tests.processes import wait_until


@pytest.fixture(autouse=True)
def callers(tenants: Tenants) -> None:
    for agent in (
        "caller", "cpu_caller", "nested", "cpu_nested", "data", "flaky", "poison", "careless",
        "plain_caller", "forger",
    ):  # fmt: skip
        factories.module(tenants.live.db, org=tenants.acme, python_module=agent, name=f"A {agent}")


def run(tenants: Tenants, module: str, given: Any, **fields: Any) -> Any:
    answer = tenants.live.execute(tenants.acme, module, given, prefer="respond-async", **fields)
    assert answer.status_code == 202, answer.text
    return tenants.live.finished(tenants.acme, answer.json()["execution_id"], seconds=60)


def output(tenants: Tenants, module: str, given: Any, **fields: Any) -> Any:
    detail = run(tenants, module, given, **fields)
    assert detail["status"] == "completed", detail["error"]
    return detail["output"]


def calling(*modules: Any, **more: Any) -> dict[str, Any]:
    return {"modules": modules, **more}


def caught(tenants: Tenants, module: str, given: Any, **more: Any) -> dict[str, Any]:
    """What a parent sees of the failure of the module it calls."""
    [failure] = output(tenants, "caller", calling([module, given], catch=True, **more))
    assert isinstance(failure, dict)
    return failure


@pytest.mark.parametrize("parent", ["caller", "cpu_caller"])
def test_a_parent_gets_the_outputs_of_what_it_calls(tenants: Tenants, parent: str) -> None:
    records = [{"a": 1}, {"a": 3}]
    echoed, described = output(
        tenants, parent,
        calling(["echo", {"text": "Grüße 🙂"}], ["data", {"records": records}]),
    )  # fmt: skip
    assert echoed == {"text": "Grüße 🙂"}
    assert described


@pytest.mark.parametrize("how", ["id", "agent", "name"])
def test_a_module_is_meant_by_id_agent_or_name(tenants: Tenants, how: str) -> None:
    means = {"id": tenants.echo, "agent": "echo", "name": "A module"}[how]
    assert output(tenants, "caller", calling([means, {"n": 1}])) == [{"n": 1}]


@pytest.mark.parametrize("module", ["nested", "cpu_nested"])
def test_calls_nest_to_the_limit_and_no_deeper(tenants: Tenants, module: str) -> None:
    assert output(tenants, module, {"levels": 5, "module": module}) == 5
    detail = run(tenants, module, {"levels": 6, "module": module})
    assert detail["status"] == "failed"
    assert "calls may be nested 5 deep" in detail["error"]


def test_the_tree_is_shown_and_only_to_its_organization(tenants: Tenants) -> None:
    detail = run(tenants, "caller", calling(["echo", {"n": 1}], ["nested", {"levels": 1}]))
    assert (detail["run"]["parent"], detail["run"]["depth"]) == (None, 0)
    children = {child["agent"]: child for child in detail["children"]}
    assert children.keys() == {"echo", "nested"}
    assert children["echo"]["module_id"] == tenants.echo
    assert (children["echo"]["state"], children["echo"]["outcome"]) == ("done", "completed")

    path = f"/executions/{children['nested']['execution_id']}"
    child = tenants.live.get(tenants.acme, path).json()
    assert child["run"]["parent"] == detail["execution_id"]
    assert (child["run"]["depth"], child["run"]["origin"]) == (1, "workflow")
    assert [grandchild["agent"] for grandchild in child["children"]] == ["nested"]
    assert tenants.live.get(tenants.globex, path).status_code == 404
    assert requested_by(tenants, path) == requested_by(tenants, detail["execution_id"])


def requested_by(tenants: Tenants, path: str) -> Any:
    return tenants.live.db.execute(
        "SELECT requested_by FROM executions_run WHERE execution_id = %s",
        [path.rsplit("/", maxsplit=1)[-1]],
    ).fetchone()


def test_a_failed_child_is_a_readable_error(tenants: Tenants) -> None:
    given = {"how": "permanent", "fails": 9}
    failure = caught(tenants, "flaky", given)
    assert failure["failed"] == "The module 'flaky' failed: It is gone for good."
    assert failure["reason"] == "failed"
    detail = tenants.live.get(tenants.acme, f"/executions/{failure['execution_id']}").json()
    assert detail["error"] == "It is gone for good."
    parent = run(tenants, "caller", calling(["flaky", given]))
    assert (parent["status"], parent["error"]) == ("failed", failure["failed"])
    assert parent["run"]["attempt"] == 1


def test_a_child_has_attempts_of_its_own(tenants: Tenants) -> None:
    given = {"how": "rate_limited", "fails": 1, "retry_after_s": 0.01}
    assert output(tenants, "caller", calling(["flaky", given])) == [{"attempt": 2}]


def test_a_child_that_crashes_leaves_its_parent_alone(tenants: Tenants) -> None:
    assert "SIGSEGV" in caught(tenants, "poison", {"how": "segfault"})["failed"]


def test_an_input_that_does_not_fit_is_a_readable_error(tenants: Tenants) -> None:
    failure = caught(tenants, "echo", {"sleep_s": "long"})
    assert "input_data.sleep_s" in failure["failed"]


def test_what_cannot_be_called_is_refused_and_leaves_nothing(tenants: Tenants) -> None:
    factories.module(
        tenants.live.db, org=tenants.acme, python_module="echo", name="asleep", status="inactive"
    )
    theirs = factories.module(tenants.live.db, org=tenants.globex, name="of Globex alone")
    reasons = {
        name: caught(tenants, name, {})
        for name in ("nowhere", "asleep", "of Globex alone", theirs)
    }  # fmt: skip
    assert [failure["reason"] for failure in reasons.values()] == [
        "module_not_found", "module_not_active", "module_not_found", "module_not_found",
    ]  # fmt: skip
    assert {failure["execution_id"] for failure in reasons.values()} == {""}
    assert reasons["nowhere"]["failed"].replace("nowhere", "") == (
        reasons["of Globex alone"]["failed"].replace("of Globex alone", "")
    )
    [children] = tenants.live.db.execute(
        "SELECT count(*) FROM executions_run WHERE org_id = ANY (%s) AND parent IS NOT NULL",
        [[tenants.acme.id, tenants.globex.id]],
    ).fetchone() or [None]
    assert children == 0


def test_a_plain_function_is_told_to_be_async(tenants: Tenants) -> None:
    assert "async def execute" in run(tenants, "plain_caller", {})["error"]


def test_a_call_that_would_wait_for_itself_is_refused_at_once(tenants: Tenants) -> None:
    db, acme = tenants.live.db, tenants.acme
    alone = factories.module(db, org=acme, python_module="nested", name="alone")
    factories.policy(db, org=acme, module_id=alone, concurrency=1)
    detail = run(tenants, "alone", {"levels": 1, "module": "alone"})
    assert "could never start" in detail["error"]
    between = calling(["caller", calling(["alone", {"levels": 0}])])
    assert output(tenants, "caller", between) == [[0]]
    twice = factories.module(db, org=acme, python_module="nested", name="twice")
    factories.policy(db, org=acme, module_id=twice, concurrency=2)
    assert output(tenants, "twice", {"levels": 1, "module": "twice"}) == 1
    assert run(tenants, "twice", {"levels": 2, "module": "twice"})["status"] == "failed"


def test_a_child_ends_with_the_time_of_its_call(tenants: Tenants) -> None:
    failure = caught(tenants, "echo", {"sleep_s": 300}, timeout_s=0.5)
    assert failure["reason"] == "timed_out"
    wait_until(lambda: states(tenants, tenants.acme)["echo"] == ["done"], what="it is ended")


def test_a_call_that_nobody_may_start_ends_with_its_time(tenants: Tenants) -> None:
    factories.policy(tenants.live.db, org=tenants.acme, module_id=tenants.echo, paused=True)
    failure = caught(tenants, "echo", {}, timeout_s=0.2)
    assert "did not end within 0.2 seconds" in failure["failed"]
    wait_until(lambda: states(tenants, tenants.acme)["echo"] == ["done"], what="it is ended")


def test_the_deadline_is_the_parents(tenants: Tenants) -> None:
    detail = run(tenants, "caller", calling(["echo", {"sleep_s": 300}]), timeout_s=1.5)
    assert detail["run"]["outcome"] == "timed_out"
    [child] = detail["children"]
    assert child["state"] == "done"
    deadline, began = tenants.live.db.execute(
        "SELECT c.deadline, p.claimed_at FROM executions_run c "
        "JOIN executions_run p ON p.execution_id = c.parent WHERE c.execution_id = %s",
        [child["execution_id"]],
    ).fetchone() or (None, None)
    assert 0 < (deadline - began).total_seconds() < 10  # 1.5 s after its host was ready


def states(tenants: Tenants, org: Org) -> dict[str, list[str]]:
    rows = tenants.live.db.execute(
        "SELECT agent, array_agg(state) FROM executions_run WHERE org_id = %s GROUP BY agent",
        [org.id],
    )
    return dict(rows.fetchall())


@pytest.mark.parametrize("how", ["leave", "fail", "die", "give_up"])
def test_children_end_with_their_parent_however_it_ends(
    tenants: Tenants, tmp_path: Path, how: str
) -> None:
    careless = module_id(tenants, "careless")
    factories.policy(tenants.live.db, org=tenants.acme, module_id=careless, max_attempts=1)
    go = tmp_path / "go"
    call = ["caller", calling(["echo", {"sleep_s": 300}])]
    given = {"how": how, "call": call, "go": str(go)}
    answer = tenants.live.execute(tenants.acme, careless, given, prefer="respond-async")
    wait_until(
        lambda: states(tenants, tenants.acme).get("echo") == ["running"], what="grandchild runs"
    )
    go.touch()
    detail = tenants.live.finished(tenants.acme, answer.json()["execution_id"])
    assert detail["status"] == ("completed" if how in {"leave", "give_up"} else "failed")
    wait_until(
        lambda: [*states(tenants, tenants.acme).values()] == [["done"]] * 3, seconds=5,
        what="child and grandchild ended",
    )  # fmt: skip


def module_id(tenants: Tenants, agent: str) -> str:
    row = tenants.live.db.execute(
        "SELECT id FROM public.modules WHERE org_id = %s AND python_module = %s",
        [tenants.acme.id, agent],
    ).fetchone()
    assert row is not None
    return str(row[0])


def test_a_call_that_is_given_up_ends_its_child_while_the_parent_goes_on(
    tenants: Tenants, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    call = ["echo", {"sleep_s": 300}]
    given = {"how": "give_up", "call": call, "go": str(go), "then_s": 60}
    answer = tenants.live.execute(tenants.acme, "careless", given, prefer="respond-async")
    wait_until(lambda: states(tenants, tenants.acme).get("echo") == ["running"], what="it runs")
    go.touch()
    wait_until(
        lambda: states(tenants, tenants.acme).get("echo") == ["done"], seconds=10,
        what="the child ended",
    )  # fmt: skip
    assert states(tenants, tenants.acme)["careless"] == ["running"]
    tenants.post({}, path=f"/executions/{answer.json()['execution_id']}/cancel")


def test_cancel_takes_everything_below_with_it(tenants: Tenants) -> None:
    """Queued and running ones, and one that ignores everything, within five seconds."""
    db, acme = tenants.live.db, tenants.acme
    paused = factories.module(db, org=acme, python_module="echo", name="paused")
    factories.policy(db, org=acme, module_id=paused, paused=True)
    given = calling(
        ["paused", {}], [tenants.echo, {"sleep_s": 300}], ["poison", {"how": "ignore_everything"}],
        ["caller", calling([tenants.echo, {"sleep_s": 300}])],
    )  # fmt: skip
    answer = tenants.live.execute(acme, "caller", given, prefer="respond-async")
    execution_id = answer.json()["execution_id"]

    def started() -> bool:
        found = states(tenants, acme)
        return found.get("poison") == ["running"] and sorted(found.get("echo", [])) == [
            "queued", "running", "running",
        ]  # fmt: skip

    wait_until(started, what="they run")
    asked = time.monotonic()
    assert tenants.post({}, path=f"/executions/{execution_id}/cancel").status_code == 202
    wait_until(
        lambda: {s for all_ in states(tenants, acme).values() for s in all_} == {"done"},
        seconds=5, what="everything ended",
    )  # fmt: skip
    assert time.monotonic() - asked < 5
    ends = db.execute(
        "SELECT DISTINCT outcome FROM executions_run WHERE org_id = %s", [acme.id]
    ).fetchall()
    assert ends == [("cancelled",)]


def test_parents_wait_for_children_without_taking_their_place(tenants: Tenants) -> None:
    """An organization that may run one at a time, and fifty parents at once."""
    db, acme = tenants.live.db, tenants.acme
    db.execute("INSERT INTO tenancy_policy (org_id, concurrency) VALUES (%s, 1)", [acme.id])
    ids = [
        tenants.live.execute(
            acme, "caller", calling(["echo", {"n": n}]), prefer="respond-async"
        ).json()["execution_id"]
        for n in range(50)
    ]  # fmt: skip
    outputs = [tenants.live.finished(acme, id_, seconds=60)["output"] for id_ in ids]
    assert outputs == [[{"n": n}] for n in range(50)]


def test_more_calls_than_may_be_open_wait_their_turn(tenants: Tenants) -> None:
    given = calling(*([tenants.echo, {"n": n}] for n in range(120)))
    assert output(tenants, "caller", given) == [{"n": n} for n in range(120)]


@pytest.mark.parametrize(
    ("forged", "error"),
    [
        ({"header": {"call": "one"}}, "ended unexpectedly"),
        ({"header": {"call": True}}, "ended unexpectedly"),
        ({"module": ["echo"]}, "ended unexpectedly"),
        ({"header": {"timeout_s": "soon"}}, "ended unexpectedly"),
        ({"header": {"timeout_s": -1}}, "ended unexpectedly"),
        ({"times": 2}, "ended unexpectedly"),
        ({"digits": 400}, None),
        ({"module": "aNULbHALF"}, None),
        ({"header": {"id": "another"}}, None),
        ({"body": "no JSON NUL"}, None),
        ({"body": "{ no JSON NUL"}, None),
    ],
)
def test_calls_that_make_no_sense_cannot_end_the_worker(
    tenants: Tenants, forged: dict[str, Any], error: str | None
) -> None:
    factories.policy(
        tenants.live.db, org=tenants.acme, module_id=module_id(tenants, "forger"), max_attempts=1
    )
    detail = run(tenants, "forger", {"header": {}, "module": "echo", "body": "{}", **forged})
    if error is None:
        assert (detail["status"], detail["output"]) == ("completed", "survived"), detail["error"]
    else:
        assert error in detail["error"]
    assert output(tenants, "caller", calling(["echo", {"n": 1}])) == [{"n": 1}]
