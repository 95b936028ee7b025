"""`uses: set`: values computed from what is there. Its output is what `with` says."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from agents.workflow.steps.call import Call


class With(BaseModel):
    model_config = ConfigDict(extra="allow")


async def run(call: Call) -> dict[str, Any]:
    given: With = call.given
    return dict(given.model_extra or {})
