"""An agent that runs until a test opens its door: until a file is there."""

import asyncio
from pathlib import Path
from typing import Any

from agents import BaseAgent


class Door(BaseAgent):
    name = "door"

    async def execute(self, input_data: dict[str, Any]) -> str:
        while not Path(input_data["door"]).exists():
            await asyncio.sleep(0.02)
        return "open"
