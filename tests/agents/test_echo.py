"""The echo agent, run as the host runs it."""

import asyncio
import json
from typing import Any

from agents.echo import Echo
from agents.outcome import Outcome, run_agent
from agents.testing import RecordingContext


def _run(input_data: Any) -> Outcome:
    return asyncio.run(
        run_agent(Echo, RecordingContext(), config={}, input_json=json.dumps(input_data).encode())
    )


def test_echo_gives_its_input_back() -> None:
    value = {"text": "Grüße", "list": [1, None, {"deep": True}]}

    outcome = _run(value)

    assert outcome.status == "completed"
    assert json.loads(outcome.output) == value


def test_echo_of_nothing_is_an_empty_object() -> None:
    assert _run({}).output == "{}"


def test_echo_keeps_the_wait_it_was_asked_for_in_its_answer() -> None:
    assert json.loads(_run({"sleep_s": 0.001, "n": 1}).output) == {"sleep_s": 0.001, "n": 1}


def test_echo_refuses_a_negative_wait_and_names_the_field() -> None:
    outcome = _run({"sleep_s": -1})

    assert (outcome.status, outcome.code) == ("failed", "invalid_input")
    assert "input_data.sleep_s" in outcome.error


def test_echo_that_waits_ends_when_it_is_cancelled() -> None:
    async def cancelled() -> Outcome:
        body = json.dumps({"sleep_s": 3600}).encode()
        run = asyncio.create_task(run_agent(Echo, RecordingContext(), config={}, input_json=body))
        await asyncio.sleep(0)
        run.cancel()
        return await run

    assert asyncio.run(cancelled()).status == "cancelled"
