"""GET /executions/{id}: the row, the run behind it, and when things happened."""

import datetime as dt

import pytest

from agents.testing import openai_replies
from tests import factories
from tests.executions.conftest import Tenants


def test_the_detail_shows_the_row_and_the_run(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    execution = live.execute(acme, "echo", {"n": 1}).json()["execution_id"]
    detail = live.get(acme, f"/executions/{execution}").json()
    times = [detail.pop(name) for name in ("started_at", "completed_at")]
    times += [detail["run"].pop(name) for name in ("queued_at", "claimed_at", "finished_at")]
    [attempt] = detail["run"].pop("attempts")
    times += [attempt.pop(name) for name in ("started_at", "finished_at")]
    durations = [attempt.pop("duration_s"), *(detail["run"].pop(n) for n in ("queued_s", "run_s"))]
    assert all(0 <= seconds < 60 for seconds in durations)
    assert all(times)
    assert attempt == {"attempt": 1, "outcome": "completed", "code": None, "error": None}
    assert detail == {
        "execution_id": execution,
        "status": "completed",
        "output": {"n": 1},
        "error": None,
        "module_id": tenants.echo,
        "task_id": None,
        "input": {"n": 1},
        "run": {
            "state": "done",
            "outcome": "completed",
            "agent": "echo",
            "attempt": 1,
            "max_attempts": 3,
            "origin": "api",
            "config_version": 1,
            "retry_of": None,
            "cancel_requested_at": None,
            "next_attempt_at": None,
            "parent": None,
            "depth": 0,
            "usage": None,
            "waiting_because": None,
        },
        "children": [],
        "approvals": [],
    }


def test_the_usage_of_a_model_is_shown_with_the_run(tenants: Tenants) -> None:
    live = tenants.live
    config = {"base_url": live.openai.base_url, "model": "test-model"}
    module = factories.module(live.db, org=tenants.acme, python_module="nlp", config=config)
    live.openai.script(openai_replies.normal(input_tokens=21, output_tokens=4))
    execution = live.execute(tenants.acme, module, {"text": "Hi"}).json()["execution_id"]
    [usage] = live.get(tenants.acme, f"/executions/{execution}").json()["run"]["usage"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (21, 4)


def test_times_are_utc_by_the_databases_clock(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    before = live.db.execute("SELECT clock_timestamp()").fetchone()
    execution = live.execute(acme, tenants.echo).json()["execution_id"]
    after = live.db.execute("SELECT clock_timestamp()").fetchone()
    assert before
    assert after

    detail = live.get(acme, f"/executions/{execution}").json()
    run = detail["run"]
    texts = [run["queued_at"], detail["started_at"], detail["completed_at"]]
    texts += [run["claimed_at"], run["finished_at"]]
    assert all(text.endswith("Z") for text in texts)
    queued, started, completed, claimed, finished = map(dt.datetime.fromisoformat, texts)
    assert before[0] <= queued <= claimed <= finished <= after[0]
    assert queued <= started <= claimed
    assert started <= completed <= finished


def test_a_gateway_row_that_was_never_submitted_has_no_run(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    row = factories.gateway_row(live.db, org=acme, module_id=tenants.echo, input_data={"n": 1})
    detail = live.get(acme, f"/executions/{row}").json()
    assert detail["run"] is None
    assert detail["status"] == "pending"
    assert detail["input"] == {"n": 1}
    assert detail["completed_at"] is None
    assert detail["started_at"].endswith("Z")


@pytest.mark.parametrize("text", ["not JSON", "{", "NaN", '"\\ud800"', '{"a": 1, "a": 2}'])
def test_another_writers_text_that_is_no_json_is_shown_as_it_is(
    tenants: Tenants, text: str
) -> None:
    live, acme = tenants.live, tenants.acme
    row = factories.gateway_row(live.db, org=acme, module_id=tenants.echo)
    live.db.execute(
        "UPDATE public.module_executions SET output = %s, input = %s WHERE id = %s",
        [text, text, row],
    )
    detail = live.get(acme, f"/executions/{row}").json()
    assert (detail["output"], detail["input"]) == (text, text)
