"""The agent of the waits: one HTTP GET, awaited. Named to the product by AGENT_PACKAGES.

It runs in our agent hosts, so it imports nothing of the benchmarks.
"""

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
