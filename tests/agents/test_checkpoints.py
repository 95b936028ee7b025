"""Steps, approvals and pauses of any agent: what its context takes, and what a run comes to."""

import asyncio
import math
from typing import Any

import pytest

from agents import BaseAgent, FinishedStep, PermanentError, Suspended
from agents.checkpoints import LONGEST_WAIT_S, MOST_BYTES, MOST_BYTES_IN_ALL, Allowance
from agents.outcome import run_agent
from agents.testing import RecordingContext


def test_a_step_is_kept_as_json() -> None:
    context = RecordingContext()
    context.checkpoint("a", {"n": (1, 2)})
    context.checkpoint("a", index=3, status="failed", error="why")
    assert context.checkpoints == {
        ("a", -1): FinishedStep(status="completed", output={"n": [1, 2]}),
        ("a", 3): FinishedStep(status="failed", error="why"),
    }


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (object(), "cannot be stored. It holds a object"),
        (math.nan, "cannot be stored. It holds nan"),
        ("a\x00b", "NUL character"),
        ("x" * MOST_BYTES, "at most 4,194,304 are kept"),
    ],
)
def test_an_output_that_cannot_be_kept_is_refused_with_the_steps_name(
    output: Any, says: str
) -> None:
    context = RecordingContext()
    with pytest.raises(PermanentError) as raised:
        context.checkpoint("load", output)
    assert str(raised.value).startswith("The output of the step 'load' ")
    assert says in str(raised.value)
    assert context.checkpoints == {}


@pytest.mark.parametrize("name", ["", "x" * 65, "a\x00", 3, None])
def test_a_step_has_a_name(name: Any) -> None:
    context = RecordingContext()
    for tell in (context.checkpoint, lambda step: context.ask_approval(step, title="?")):
        with pytest.raises(PermanentError, match="1 to 64 characters"):
            tell(name)


def test_one_attempt_keeps_so_much_and_no_more() -> None:
    allowance = Allowance()
    for _ in range(MOST_BYTES_IN_ALL // MOST_BYTES):
        allowance.take(MOST_BYTES)
    with pytest.raises(PermanentError, match="in all"):
        allowance.take(1)
    allowance = Allowance()
    for _ in range(10_000):
        allowance.take(0)
    with pytest.raises(PermanentError, match="10,000 steps"):
        allowance.take(0)


@pytest.mark.parametrize(
    ("asked_s", "given_s"), [(5, 5), (-1, 0), (math.inf, LONGEST_WAIT_S), (1e12, LONGEST_WAIT_S)]
)
def test_a_pause_is_no_failure(asked_s: float, given_s: float) -> None:
    class Pausing(BaseAgent):
        async def execute(self, input_data: Any) -> Any:
            raise Suspended(reason="wait", step="nap", resume_in_s=asked_s)

    ended = asyncio.run(run_agent(Pausing, RecordingContext(), config={}, input_json=b"{}"))
    assert (ended.status, ended.error, ended.output) == ("suspended", "", "")
    assert ended.suspended == {"reason": "wait", "step": "nap", "resume_in_s": given_s}
