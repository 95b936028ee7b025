"""The words that a text uses most. An example that works; put your own work in its place."""

import re
from collections import Counter

from pydantic import BaseModel, Field

from agents import BaseAgent, InvalidInput


class $cls(BaseAgent):
    """Counts words; short ones are left out."""

    name = "$name"

    class Config(BaseModel):
        """Set once for each module, in the admin."""

        min_letters: int = Field(default=4, ge=1, description="Shorter words do not count.")

    class Input(BaseModel):
        """Sent with every call."""

        text: str
        most: int = Field(default=3, ge=1, le=100, description="How many words to give.")

    class Output(BaseModel):
        """What the caller gets."""

        words: int
        most_used: dict[str, int]

    config: Config

    async def execute(self, input_data: Input) -> Output:
        words = re.findall(r"[^\W\d_]+", input_data.text.lower())
        if not words:
            raise InvalidInput("input_data.text holds no word; send a text.")
        self.context.progress(0.5, f"{len(words)} words found")
        counted = Counter(word for word in words if len(word) >= self.config.min_letters)
        self.context.log("counted", different=len(counted))
        return self.Output(words=len(words), most_used=dict(counted.most_common(input_data.most)))
