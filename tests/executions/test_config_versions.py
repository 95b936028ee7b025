"""The config that an execution was accepted with is the one it runs with, and the one it names."""

import json
import uuid
from typing import Any

import pytest

from executions import claims
from executions.readiness import cannot_start
from executions.transports.rows import claim_one
from tests import factories
from tests.executions.conftest import Tenants
from tests.processes import wait_until


@pytest.fixture
def module(tenants: Tenants) -> str:
    return factories.module(
        tenants.live.db, org=tenants.acme, python_module="configured", config={"word": "old"}
    )


def edit(tenants: Tenants, module: str, **columns: Any) -> None:
    """As the gateway does, behind our back."""
    for name, value in columns.items():
        text = json.dumps(value) if isinstance(value, dict) else value
        tenants.live.db.execute(
            f"UPDATE public.modules SET {name} = %s WHERE id = %s", [text, module]
        )


def ran_with(tenants: Tenants, execution_id: str) -> tuple[Any, int | None]:
    """What the agent saw, and the version that the execution names."""
    found = tenants.live.finished(tenants.acme, execution_id, seconds=60)
    assert found["status"] == "completed", found["error"]
    return found["output"]["word"], found["run"]["config_version"]


def call(tenants: Tenants, module: str, given: Any = None) -> tuple[Any, int | None]:
    answer = tenants.live.execute(tenants.acme, module, given or {})
    return ran_with(tenants, answer.json()["execution_id"])


def later(tenants: Tenants, module: str, given: Any = None) -> str:
    """The id of a run that waits, because its module is paused."""
    answer = tenants.live.execute(tenants.acme, module, given or {}, prefer="respond-async")
    assert answer.status_code == 202, answer.text
    return str(answer.json()["execution_id"])


def pause(tenants: Tenants, module: str) -> None:
    factories.policy(tenants.live.db, org=tenants.acme, module_id=module, paused=True)


def resume(tenants: Tenants, module: str) -> None:
    tenants.live.db.execute(
        "UPDATE modules_policy SET paused = false WHERE module_id = %s", [module]
    )


def test_executions_name_the_version_that_they_ran_with(tenants: Tenants, module: str) -> None:
    assert call(tenants, module) == ("old", 1)
    assert call(tenants, module) == ("old", 1)
    edit(tenants, module, config={"word": "new"})
    assert call(tenants, module) == ("new", 2)
    authors = tenants.live.db.execute(
        "SELECT DISTINCT author FROM modules_config_version WHERE module_id = %s", [module]
    )
    assert authors.fetchall() == [("gateway",)]


def test_a_version_that_somebody_deleted_is_written_down_again(
    tenants: Tenants, module: str
) -> None:
    """The web server still remembers its number."""
    assert call(tenants, module) == call(tenants, module) == ("old", 1)
    tenants.live.db.execute("DELETE FROM modules_config_version WHERE module_id = %s", [module])
    assert call(tenants, module) == ("old", 1)


def test_a_call_that_is_refused_for_its_module_records_nothing(
    tenants: Tenants, module: str
) -> None:
    edit(tenants, module, status="inactive")
    tenants.refused(tenants.body(module_id=module), 409, "module_not_active")
    edit(tenants, module, status="active", config="{broken")
    tenants.refused(tenants.body(module_id=module), 409, "invalid_module_config")
    count = "SELECT count(*) FROM modules_config_version WHERE module_id = %s"
    assert tenants.live.db.execute(count, [module]).fetchone() == (0,)


def test_an_edit_between_submit_and_start_is_for_the_next_call(
    tenants: Tenants, module: str
) -> None:
    pause(tenants, module)
    waiting = later(tenants, module)
    edit(tenants, module, config={"word": "new"})
    other = later(tenants, module)
    resume(tenants, module)
    assert ran_with(tenants, waiting) == ("old", 1)
    assert ran_with(tenants, other) == ("new", 2)


def test_an_edit_of_the_agent_is_for_the_next_call_too(tenants: Tenants, module: str) -> None:
    """Never the agent of one version with the config of another."""
    pause(tenants, module)
    waiting = later(tenants, module)
    edit(tenants, module, python_module="shouted", config={"word": "new"})
    other = later(tenants, module)
    resume(tenants, module)
    assert ran_with(tenants, waiting) == ("old", 1)
    assert ran_with(tenants, other) == ("new!", 2)


def test_an_edit_between_attempts_is_for_the_next_call(tenants: Tenants, module: str) -> None:
    execution_id = later(tenants, module, {"fails": 1})

    def tried() -> bool:
        row = tenants.live.db.execute(
            "SELECT 1 FROM executions_event WHERE execution_id = %s AND kind = 'attempt'",
            [execution_id],
        )
        return row.fetchone() is not None

    wait_until(tried, what="the first attempt failed")
    edit(tenants, module, config={"word": "new"})
    assert ran_with(tenants, execution_id) == ("old", 1)


def test_a_module_that_was_switched_off_meanwhile_does_not_start(
    tenants: Tenants, module: str
) -> None:
    pause(tenants, module)
    waiting = later(tenants, module)
    edit(tenants, module, status="inactive")
    resume(tenants, module)
    error = tenants.live.finished(tenants.acme, waiting)["error"]
    assert "not active any more" in error


def test_a_called_module_runs_with_the_config_it_was_called_with(
    tenants: Tenants, module: str
) -> None:
    factories.module(tenants.live.db, org=tenants.acme, python_module="caller")
    answer = tenants.live.execute(tenants.acme, "caller", {"modules": [[module, {}]]})
    assert answer.json()["output"] == [{"word": "old", "attempt": 1, "say": ""}]
    found = tenants.live.get(tenants.acme, f"/executions/{answer.json()['execution_id']}").json()
    assert found["run"]["config_version"] == 1
    [child] = found["children"]
    assert ran_with(tenants, child["execution_id"]) == ("old", 1)


def test_an_adopted_row_names_its_version(tenants: Tenants, module: str) -> None:
    row = factories.gateway_row(tenants.live.db, org=tenants.acme, module_id=module)
    tenants.live.execute(tenants.acme, module, {}, execution_id=row)
    assert ran_with(tenants, row) == ("old", 1)


@pytest.mark.parametrize("told", [False, True], ids=["claim", "claim_one"])
@pytest.mark.parametrize(
    ("number", "config", "gone"), [(None, '{"n": 2}', False), (1, '{"n": 1}', False),
                                   (7, None, True)],
)  # fmt: skip
def test_a_claim_brings_the_version_of_its_run(
    queue: Any, told: bool, number: int | None, config: str | None, gone: bool
) -> None:
    """Without a number, as older releases left runs behind, the module's config of now."""
    org = factories.organization(queue)
    module = factories.module(queue, org=org, config={"n": 2}, endpoint="https://now.example")
    for owner, version, text in ((module, 1, '{"n": 1}'), (uuid.uuid4().hex, 7, '{"n": 7}')):
        queue.execute(
            "INSERT INTO modules_config_version "
            "(module_id, org_id, version, python_module, endpoint, config, author) "
            "VALUES (%s, %s, %s, 'echo', 'https://then.example', %s, 'ann')",
            [owner, org.id, version, text],
        )
    run_id = factories.queued_run(queue, org=org, module_id=module, config_version=number)
    if told:
        run = claim_one(queue, run_id, lane="io", worker="w", lease_s=60)
    else:
        [run] = claims.claim(queue, lane="io", most=1, worker="w", lease_s=60, after="")
    assert run is not None
    assert (run.config, run.config_gone) == (config, gone)
    endpoints = {None: "https://now.example", 1: "https://then.example", 7: None}
    assert run.endpoint == endpoints[number]
    end = cannot_start(run)
    assert (end is None) is not gone
    if end is not None:
        assert end[0] == "failed"
        assert "was deleted" in end[1]
