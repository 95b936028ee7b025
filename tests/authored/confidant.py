"""An agent that is trusted with secrets and keeps none of them to itself."""

from typing import Any

from pydantic import BaseModel

from agents import BaseAgent, PermanentError


class Confidant(BaseAgent):
    name = "confidant"

    class Config(BaseModel):
        api_key: str = ""
        pin: int = 0
        nested: dict[str, Any] = {}

    class Input(BaseModel):
        fail: bool = False

    async def execute(self, input_data: Input) -> dict[str, Any]:
        known = dict(self.context.secrets)
        self.context.log(f"my key is {self.config.api_key}", all=known)
        print(self.config.api_key)
        if input_data.fail:
            raise PermanentError(f"{self.config.api_key} was refused.")
        lengths = {name: len(value) for name, value in known.items()}
        return {"key": self.config.api_key, "pin": self.config.pin, "lengths": lengths}
