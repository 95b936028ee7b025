"""An agent whose Input cannot be checked: its validator is broken."""

from typing import Any

from pydantic import BaseModel, model_validator

from agents import BaseAgent


class BreaksAtTheDoor(BaseAgent):
    name = "breaks_at_the_door"

    class Input(BaseModel):
        @model_validator(mode="before")
        @classmethod
        def check(cls, value: Any) -> Any:
            raise RuntimeError("a mistake of the author's")

    async def execute(self, input_data: Any) -> Any:
        return {}
