"""An agent of which a host runs two at once."""

import asyncio
from typing import Any, ClassVar

from agents import BaseAgent


class Narrow(BaseAgent):
    """Returns how many of its kind ran when it began, itself included."""

    name = "narrow"
    at_once = 2
    inside: ClassVar[int] = 0

    async def execute(self, input_data: dict[str, Any]) -> int:
        Narrow.inside += 1
        try:
            found = Narrow.inside
            await asyncio.sleep(input_data["sleep_s"])
            return found
        finally:
            Narrow.inside -= 1
