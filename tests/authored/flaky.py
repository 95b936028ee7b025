"""An agent that fails in its first attempts, in the way its input names."""

from collections.abc import Callable
from typing import Any

from agents import BaseAgent
from agents.errors import AgentError, InvalidInput, PermanentError, RateLimited, TransientError

FAILURES: dict[str, Callable[[dict[str, Any]], AgentError]] = {
    "transient": lambda _: TransientError("The line was cut."),
    "rate_limited": lambda given: RateLimited("Slow down.", retry_after_s=given["retry_after_s"]),
    "permanent": lambda _: PermanentError("It is gone for good."),
    "invalid": lambda _: InvalidInput("That is no input."),
}


class Flaky(BaseAgent):
    """fails: how many attempts fail before one succeeds; how: a key of FAILURES."""

    name = "flaky"

    async def execute(self, input_data: dict[str, Any]) -> dict[str, Any]:
        if self.context.attempt <= input_data["fails"]:
            raise FAILURES[input_data["how"]](input_data)
        return {"attempt": self.context.attempt}
