"""`agents.testing` as the tests of somebody else's package use it."""

import subprocess
import sys
from typing import Any

from pydantic import BaseModel

from agents import BaseAgent, RateLimited, Usage
from agents.testing import RecordingContext, run
from tests.processes import ROOT


class Talker(BaseAgent):
    class Config(BaseModel):
        times: int = 1

    class Input(BaseModel):
        text: str

    async def execute(self, input_data: Input) -> Any:
        for part in input_data.text.split():
            self.context.token(part)
        self.context.progress(2)
        self.context.log("said", n=1)
        self.context.usage(Usage(model="m", input_tokens=3))
        return {"said": input_data.text * self.config.times}


def test_values_and_models_are_both_accepted() -> None:
    assert run(Talker, {"text": "a"}).value == {"said": "a"}
    given = Talker.Input(text="a")
    assert run(Talker, given, config=Talker.Config(times=2)).value == {"said": "aa"}


def test_what_was_emitted_is_ready_to_compare() -> None:
    context = RecordingContext()
    run(Talker, {"text": "a b"}, context=context)
    assert context.streamed == "ab"
    assert context.fractions == [1.0]
    assert context.messages == ["said"]
    assert context.usages == [Usage(model="m", input_tokens=3)]


def test_a_failure_is_an_outcome_without_a_value() -> None:
    class Busy(BaseAgent):
        async def execute(self, input_data: Any) -> Any:
            raise RateLimited("Later, please.", retry_after_s=3)

    outcome = run(Busy)
    assert (outcome.status, outcome.value, outcome.retryable) == ("failed", None, True)
    assert (outcome.error, outcome.retry_after_s) == ("Later, please.", 3)


def test_input_and_config_are_checked_as_in_a_run() -> None:
    assert run(Talker).error == "input_data.text: Field required"
    assert run(Talker, {"text": "a"}, config={"times": "x"}).code == "invalid_config"


def test_it_needs_nothing_but_the_library_and_pydantic() -> None:
    """No test framework, no Django, no database driver, no large library."""
    look = (
        "import sys, agents.testing; print([m for m in ('pytest', 'django', 'psycopg', 'openai', "
        "'pandas', 'modules') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
