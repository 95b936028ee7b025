"""Imports its base class as the guide's agents do."""

from typing import Any

from .base_agent import BaseAgent


class ReverseAgent(BaseAgent):
    async def execute(self, input_data: dict[str, Any]) -> dict[str, Any]:
        text = input_data.get("text")
        return {"execution_id": "exec_789", "output": {"processed_text": text[::-1]}}
