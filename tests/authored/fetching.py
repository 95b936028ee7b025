"""An agent that asks another server, for tests of what it may reach."""

from typing import Any

from agents import BaseAgent


class Fetching(BaseAgent):
    """POSTs to `url` of its input."""

    async def execute(self, input_data: Any) -> Any:
        answer = await self.context.http.request("POST", input_data["url"], json={})
        return {"status": answer.status}
