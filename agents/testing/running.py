"""`run`: one execution of an agent in a test, with everything a host does around `execute`."""

import asyncio
from typing import Any

from agents.base import AgentContext, BaseAgent
from agents.encoding import to_json
from agents.gateway import Gateway
from agents.outcome import Outcome, run_agent
from agents.testing.context import RecordingContext


def run(
    agent: type[BaseAgent],
    input_data: Any = None,
    *,
    config: Any = None,
    context: AgentContext | None = None,
) -> Outcome:
    """Check config and input, execute, check the output: `outcome.value` is what a caller gets.

    input_data and config are what would come as JSON, or instances of the agent's models. Whatever
    the agent raises is in the outcome's status, code, error and detail; nothing is raised here.
    A class that does not declare `uses_gateway` is given none, whatever the context holds.
    A test that is a coroutine itself awaits `agents.outcome.run_agent` instead.
    """
    context = context or RecordingContext()
    if not agent.uses_gateway:
        context.gateway = Gateway.undeclared()
    return asyncio.run(
        run_agent(
            agent,
            context,
            config={} if config is None else config,
            input_json=to_json({} if input_data is None else input_data).encode(),
        )
    )
