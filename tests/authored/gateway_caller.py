"""Agents that ask the platform's own API, and one that may not."""

from typing import Any

from pydantic import BaseModel

from agents import BaseAgent


class GatewayCaller(BaseAgent):
    name = "gateway_caller"
    uses_gateway = True

    class Input(BaseModel):
        path: str = "/api/tasks"
        body: dict[str, Any] | None = None

    async def execute(self, input_data: Input) -> Any:
        self.context.log(f"my key is {self.context.gateway.key}")
        if input_data.body is None:
            answer = await self.context.gateway.get(input_data.path)
        else:
            answer = await self.context.gateway.post(input_data.path, json=input_data.body)
        return {"status": answer.status, "said": answer.json()}


class Undeclared(GatewayCaller):
    """The same, without the declaration."""

    name = "gateway_undeclared"
    uses_gateway = False
