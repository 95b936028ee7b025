"""An agent that says how far it is, for whoever watches."""

import asyncio

from pydantic import BaseModel

from agents import BaseAgent


class Reporter(BaseAgent):
    name = "reporter"

    class Input(BaseModel):
        sleep_s: float = 0

    async def execute(self, input_data: Input) -> None:
        self.context.log("started")
        await asyncio.sleep(input_data.sleep_s)
        self.context.progress(1.0, "all done")
