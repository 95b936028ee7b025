"""Failures that may pass are tried again, the others never; every attempt is visible."""

import datetime as dt
from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants


def run_flaky(tenants: Tenants, *, how: str, fails: int, policy: Any = None, **given: Any) -> Any:
    """The detail of a finished flaky run of Acme."""
    module = factories.module(tenants.live.db, org=tenants.acme, python_module="flaky")
    columns = {"backoff_s": 0, **(policy or {})}
    factories.policy(tenants.live.db, org=tenants.acme, module_id=module, **columns)
    answer = tenants.live.execute(
        tenants.acme, module, {"how": how, "fails": fails, **given}, prefer="respond-async"
    )
    return tenants.live.finished(tenants.acme, answer.json()["execution_id"])


@pytest.mark.parametrize("how", ["transient", "rate_limited"])
def test_what_may_pass_is_tried_again_until_it_succeeds(tenants: Tenants, how: str) -> None:
    detail = run_flaky(tenants, how=how, fails=2, retry_after_s=0.01)
    assert detail["status"] == "completed", detail
    assert detail["output"] == {"attempt": 3}
    attempts = detail["run"]["attempts"]
    assert [(a["attempt"], a["outcome"]) for a in attempts] == [
        (1, "failed"), (2, "failed"), (3, "completed"),
    ]  # fmt: skip
    assert attempts[0]["code"] == how
    assert attempts[0]["error"] in {"The line was cut.", "Slow down."}
    times = [a[key] for a in attempts for key in ("started_at", "finished_at")]
    assert times == sorted(times)
    assert detail["run"]["run_s"] == round(sum(a["duration_s"] for a in attempts), 3)
    assert detail["run"]["queued_s"] >= 0


@pytest.mark.parametrize("how", ["permanent", "invalid"])
def test_what_cannot_pass_is_not_tried_again(tenants: Tenants, how: str) -> None:
    detail = run_flaky(tenants, how=how, fails=1)
    assert detail["status"] == "failed"
    assert [a["attempt"] for a in detail["run"]["attempts"]] == [1]


def test_attempts_end_at_the_modules_limit(tenants: Tenants) -> None:
    detail = run_flaky(tenants, how="transient", fails=9, policy={"max_attempts": 2})
    assert (detail["status"], detail["error"]) == ("failed", "The line was cut.")
    assert [a["attempt"] for a in detail["run"]["attempts"]] == [1, 2]


def test_at_most_once_means_one_attempt(tenants: Tenants) -> None:
    detail = run_flaky(
        tenants, how="transient", fails=1, policy={"max_attempts": 5, "at_most_once": True}
    )
    assert detail["status"] == "failed"
    assert (detail["run"]["attempt"], detail["run"]["max_attempts"]) == (1, 1)


def test_a_run_that_dies_with_its_process_is_not_tried_again_when_at_most_once(
    tenants: Tenants,
) -> None:
    module = factories.module(tenants.live.db, org=tenants.acme, python_module="poison")
    factories.policy(tenants.live.db, org=tenants.acme, module_id=module, at_most_once=True)
    answer = tenants.live.execute(tenants.acme, module, {"how": "segfault"}).json()
    detail = tenants.live.finished(tenants.acme, answer["execution_id"])
    assert (detail["status"], detail["run"]["attempt"]) == ("failed", 1)


def test_the_wait_that_the_other_side_asks_for_is_kept(tenants: Tenants) -> None:
    detail = run_flaky(tenants, how="rate_limited", fails=1, retry_after_s=0.7)
    first, second = detail["run"]["attempts"]
    waited = dt.datetime.fromisoformat(second["started_at"]) - dt.datetime.fromisoformat(
        first["finished_at"]
    )
    assert waited.total_seconds() >= 0.69


def test_a_wait_beyond_all_patience_is_a_failure(tenants: Tenants) -> None:
    detail = run_flaky(tenants, how="rate_limited", fails=1, retry_after_s=86_400)
    assert (detail["status"], detail["error"]) == ("failed", "Slow down.")
    assert len(detail["run"]["attempts"]) == 1


def test_while_it_waits_the_gateway_sees_it_pending_and_we_say_when_it_goes_on(
    tenants: Tenants,
) -> None:
    module = factories.module(tenants.live.db, org=tenants.acme, python_module="flaky")
    given = {"how": "rate_limited", "fails": 1, "retry_after_s": 120}
    answer = tenants.live.execute(tenants.acme, module, given, prefer="wait=2").json()
    assert (answer["status"], answer["error"]) == ("pending", None)
    path = f"/executions/{answer['execution_id']}"
    run = tenants.live.get(tenants.acme, path).json()["run"]
    assert run["state"] == "queued"
    assert run["next_attempt_at"] > run["attempts"][0]["finished_at"]
