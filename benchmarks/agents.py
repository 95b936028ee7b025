"""The agents of the waits (one HTTP GET, awaited) and of the feeds. Named to the product by
AGENT_PACKAGES.

It runs in our agent hosts, so it imports nothing of the benchmarks.
"""

import asyncio
import time
from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel

from agents.base import BaseAgent

if TYPE_CHECKING:
    import aiohttp


class Fetch(BaseAgent):
    name = "fetch"

    class Input(BaseModel):
        url: str

    @classmethod
    def preload(cls) -> None:
        """Only hosts need it: the web server and the workers import this file, too."""
        import aiohttp  # noqa: F401, PLC0415

    async def execute(self, input_data: Input) -> dict[str, int]:
        async with _session().get(input_data.url) as response:
            await response.read()
            return {"status": response.status}


@cache
def _session() -> "aiohttp.ClientSession":
    """One per host process, without aiohttp's limit of 100 open connections."""
    import aiohttp  # noqa: PLC0415

    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


class Ticker(BaseAgent):
    """Reports a line at a time, from a moment on that lets everybody be there."""

    name = "ticker"

    class Input(BaseModel):
        start_at: float
        lines: int
        every_s: float

    async def execute(self, input_data: Input) -> None:
        await asyncio.sleep(max(0, input_data.start_at - time.time()))
        for number in range(input_data.lines):
            self.context.log(str(number))
            await asyncio.sleep(input_data.every_s)
