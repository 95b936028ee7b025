"""`uses: module`: another module of the organization, as a child execution."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from agents.workflow.steps.call import Call


class With(BaseModel):
    """module: its id, its agent's name or its own name."""

    model_config = ConfigDict(extra="forbid")

    module: str = Field(min_length=1, max_length=255)
    input: dict[str, Any] = Field(default_factory=dict)


async def run(call: Call) -> Any:
    given: With = call.given
    return await call.context.call_module(given.module, given.input, timeout_s=call.timeout_s)
