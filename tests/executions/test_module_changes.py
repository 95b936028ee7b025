"""A module that changed since the last call: the very next call is treated by what it is now.

The web server remembers what it found out about a module and asks nothing again while it holds.
"""

from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants


@pytest.fixture
def module(tenants: Tenants) -> str:
    """Acme's, and just called by its name: the web server knows it."""
    module = factories.module(tenants.live.db, org=tenants.acme, name="Known")
    assert call(tenants).json()["status"] == "completed"
    assert call(tenants).json()["status"] == "completed"
    return module


def call(tenants: Tenants, given: Any = None) -> Any:
    return tenants.live.execute(tenants.acme, "Known", given or {})


def change(tenants: Tenants, module: str, column: str, value: str) -> None:
    tenants.live.db.execute(
        f"UPDATE public.modules SET {column} = %s WHERE id = %s", [value, module]
    )


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("status", "inactive", "module_not_active"),
        ("status", "error", "module_not_active"),
        ("python_module", "nobody", "unknown_agent"),
        ("config", "{", "invalid_module_config"),
        ("name", "Renamed", "module_not_found"),
    ],
)
def test_what_may_not_run_any_more_is_refused(
    tenants: Tenants, module: str, column: str, value: str, code: str
) -> None:
    change(tenants, module, column, value)
    status = 404 if code == "module_not_found" else 409
    tenants.refused(tenants.body(module_id="Known"), status, code)


def test_a_module_that_was_deleted_is_not_found(tenants: Tenants, module: str) -> None:
    tenants.live.db.execute("DELETE FROM public.modules WHERE id = %s", [module])
    tenants.refused(tenants.body(module_id="Known"), 404, "module_not_found")


def test_a_second_module_of_the_same_name_makes_it_ambiguous(tenants: Tenants, module: str) -> None:
    factories.module(tenants.live.db, org=tenants.acme, name="Known")
    tenants.refused(tenants.body(module_id="Known"), 409, "module_ambiguous")


def test_another_agent_runs_the_next_call(tenants: Tenants, module: str) -> None:
    change(tenants, module, "python_module", "shout_agent")
    assert call(tenants, {"text": "hey"}).json()["output"] == {"text": "HEY!"}


def test_a_new_policy_holds_for_the_next_call(tenants: Tenants, module: str) -> None:
    factories.policy(tenants.live.db, org=tenants.acme, module_id=module, timeout_s=0.3)
    first = call(tenants, {"sleep_s": 60}).json()
    assert first["error"] == "Timed out after 0.3 seconds."
    tenants.live.db.execute(
        "UPDATE modules_policy SET timeout_s = 0.5 WHERE module_id = %s", [module]
    )
    assert call(tenants, {"sleep_s": 60}).json()["error"] == "Timed out after 0.5 seconds."


def test_what_one_organization_calls_so_is_nothing_to_another(
    tenants: Tenants, module: str
) -> None:
    body = {"module_id": "Known", "org_id": tenants.globex.id, "input_data": {}}
    answer = tenants.live.http.post(
        "/execute", json=body, headers={"X-API-Key": tenants.globex.key}
    )
    tenants.refusal(answer, 404, "module_not_found")
