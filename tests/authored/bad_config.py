"""An agent whose Config is broken code: it can neither check a config nor describe itself."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from agents import BaseAgent


class Thing:
    pass


class BreaksOnConfig(BaseAgent):
    name = "breaks_on_config"

    class Config(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)

        thing: Thing | None = None
        size: int = 0

        @field_validator("size")
        @classmethod
        def broken(cls, size: int) -> int:
            raise RuntimeError("hush-hush")

    async def execute(self, input_data: Any) -> Any:
        return input_data
