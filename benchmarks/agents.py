"""The agent of the waits: one HTTP GET, awaited. Named to the product by AGENT_PACKAGES.

It runs in our agent hosts, so it imports nothing of the benchmarks.
"""

from functools import cache

import aiohttp
from pydantic import BaseModel

from agents.base import BaseAgent


class Fetch(BaseAgent):
    name = "fetch"

    class Input(BaseModel):
        url: str

    async def execute(self, input_data: Input) -> dict[str, int]:
        async with _session().get(input_data.url) as response:
            await response.read()
            return {"status": response.status}


@cache
def _session() -> aiohttp.ClientSession:
    """One per host process, without aiohttp's limit of 100 open connections."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
