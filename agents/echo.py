"""The smallest agent: gives its input back. For tests, health checks and first steps."""

import asyncio

from pydantic import BaseModel, ConfigDict, Field

from agents.base import BaseAgent


class Echo(BaseAgent):
    name = "echo"
    aliases = ("echo_agent",)
    about = "Gives its input back. For tests and first steps."

    class Input(BaseModel):
        """Any fields; `sleep_s` makes the run wait that long first."""

        model_config = ConfigDict(extra="allow")
        sleep_s: float = Field(default=0, ge=0, le=3600, description="Seconds to wait first.")

    async def execute(self, input_data: Input) -> dict[str, object]:
        if input_data.sleep_s:
            await asyncio.sleep(input_data.sleep_s)
        return input_data.model_dump(exclude_unset=True)
