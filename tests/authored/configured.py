"""An agent that shows which config it runs with."""

from typing import Any

from pydantic import BaseModel

from agents import BaseAgent
from agents.errors import RateLimited


class Configured(BaseAgent):
    """Gives its config's word and the attempt, after `fails` attempts that failed."""

    name = "configured"

    class Config(BaseModel):
        word: str = "none"
        api_key: str = ""

    class Input(BaseModel):
        fails: int = 0
        say: str = ""

    async def execute(self, input_data: Input) -> dict[str, Any]:
        if self.context.attempt <= input_data.fails:
            raise RateLimited("Slow down.", retry_after_s=1)
        return {
            "word": self.config.word, "attempt": self.context.attempt, "say": input_data.say,
        }  # fmt: skip


class Shouted(BaseAgent):
    """The same word, by another agent."""

    name = "shouted"

    async def execute(self, input_data: dict[str, Any]) -> dict[str, Any]:
        return {"word": f"{self.config['word']}!"}
