"""How long a run may wait and take: by its module's policy, and shorter by its call."""

from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants


def timed(tenants: Tenants, given: Any, *, policy: dict[str, Any], **fields: Any) -> Any:
    """The detail of a finished run of a module with that policy."""
    module = factories.module(tenants.live.db, org=tenants.acme)
    if policy:
        factories.policy(tenants.live.db, org=tenants.acme, module_id=module, **policy)
    answer = tenants.live.execute(tenants.acme, module, given, **fields)
    assert answer.status_code in {200, 202}, answer.text
    return tenants.live.finished(tenants.acme, answer.json()["execution_id"])


def test_the_modules_own_timeout_ends_a_run(tenants: Tenants) -> None:
    detail = timed(tenants, {"sleep_s": 60}, policy={"timeout_s": 0.5})
    assert detail["run"]["outcome"] == "timed_out"
    assert detail["error"] == "Timed out after 0.5 seconds."


def test_a_call_may_ask_for_less(tenants: Tenants) -> None:
    detail = timed(tenants, {"sleep_s": 60}, policy={}, timeout_s=0.5)
    assert detail["run"]["outcome"] == "timed_out"


def test_a_call_may_not_ask_for_more_than_its_module_allows(tenants: Tenants) -> None:
    detail = timed(tenants, {"sleep_s": 60}, policy={"timeout_s": 0.5}, timeout_s=50)
    assert detail["run"]["outcome"] == "timed_out"


@pytest.mark.parametrize("by", ["policy", "call"])
def test_a_run_that_nobody_may_start_ends_when_its_time_is_over(tenants: Tenants, by: str) -> None:
    policy: dict[str, Any] = {"paused": True}
    fields: dict[str, Any] = {"prefer": "respond-async"}
    (policy if by == "policy" else fields)["start_within_s"] = 0.1
    detail = timed(tenants, {}, policy=policy, **fields)
    assert (detail["run"]["outcome"], detail["run"]["attempts"]) == ("timed_out", [])
    assert detail["error"] == "It waited in the queue until its time was over."


@pytest.mark.parametrize("field", ["timeout_s", "start_within_s"])
@pytest.mark.parametrize("value", [0, -1, "5", True, 1e300])
def test_times_that_make_no_sense_are_refused(tenants: Tenants, field: str, value: Any) -> None:
    if (field, value) == ("timeout_s", 1e300):
        return  # any length beyond the module's own is that
    body = tenants.refused(tenants.body(**{field: value}), 400, "invalid_request")
    assert list(body["errors"]) == [field]
