"""Agents for whoever watches a run: one says how far it is, one does not listen."""

import asyncio
import time

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


class Deaf(BaseAgent):
    """A plain function, so it runs in a thread, which nothing but the process's end ends."""

    def execute(self, input_data: object) -> None:
        self.context.log("started")
        while True:
            time.sleep(1)


class Counter(BaseAgent):
    """Counts aloud."""

    name = "counter"

    class Input(BaseModel):
        up_to: int
        pause_s: float = 0

    async def execute(self, input_data: Input) -> dict[str, int]:
        for number in range(input_data.up_to):
            self.context.log(str(number))
            await asyncio.sleep(input_data.pause_s)
        return {"counted": input_data.up_to}
