"""An agent that reports in every way there is, and goes on when a test says so."""

import asyncio
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agents import BaseAgent
from agents.base import Usage


class Narrator(BaseAgent):
    """`doors`: files that it waits for, one after the other. Before each it reports."""

    name = "narrator"

    class Input(BaseModel):
        doors: list[str]

    async def execute(self, input_data: Input) -> dict[str, Any]:
        self.context.log("looking closer", level="debug")
        for number, door in enumerate(input_data.doors, start=1):
            self.context.log(f"before door {number}", level="warning", door=number)
            self.context.progress(number / 4, f"door {number}")
            self.context.token(f"Part {number}. ")
            while not Path(door).exists():
                await asyncio.sleep(0.05)
        self.context.usage(Usage(model="tale", input_tokens=7, output_tokens=3, cost_usd=0.25))
        rows = [{"door": number, "opened": True} for number in range(len(input_data.doors))]
        return {"story": "They lived happily.", "rows": rows}
