"""Agents in the shape of the customer's guide: constructor, dict in, envelope out, no models."""

from typing import Any

from agents.base_agent import BaseAgent


class ShoutAgent(BaseAgent):
    def __init__(self, org_id: str, config: dict[str, Any] | None = None) -> None:
        super().__init__(org_id, config)
        self.suffix = self.config.get("suffix", "!")

    async def execute(self, input_data: dict[str, Any]) -> dict[str, Any]:
        await self.log_execution("m", "t", "running")
        assert self.validate_org_access(self.org_id)
        text = input_data.get("text")
        return {"execution_id": "exec_123", "output": {"text": f"{text}{self.suffix}".upper()}}


class DescribeAgent(BaseAgent):
    async def execute(self, input_data: dict[str, Any]) -> dict[str, Any]:
        import pandas as pd  # noqa: PLC0415 (here, so that other hosts of the tests start faster)

        df = pd.DataFrame(input_data.get("data"))
        return {"execution_id": "exec_456", "output": df.describe().to_dict()}


class FailingAgent(BaseAgent):
    async def execute(self, input_data: dict[str, Any]) -> dict[str, Any]:
        return {"success": False, "error": "The shop is closed."}


class GuardedAgent(BaseAgent):
    """Looks whose the resource is before it works, and records every step as the guide does."""

    async def execute(self, input_data: dict[str, Any]) -> dict[str, Any]:
        task_id = input_data.get("task_id")
        owner = input_data.get("owner", self.org_id)
        await self.log_execution(module_id="guarded", task_id=task_id, status="running")
        if not self.validate_org_access(resource_id=owner):
            await self.log_execution("guarded", task_id, "failed", error="not ours")
            return {"success": False, "error": "That resource belongs to somebody else."}
        output = {"owner_is_us": True, "connection": self.db_conn}
        await self.log_execution("guarded", task_id, "completed", output=output)
        return {"success": True, "output": output}
