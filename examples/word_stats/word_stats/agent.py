"""How long a text is, and how long it takes to read. With a title, if another module makes one."""

import re

from pydantic import BaseModel, ConfigDict, Field

from agents import BaseAgent, InvalidInput


class WordStatsAgent(BaseAgent):
    """Counts words and sentences of a text in any script that has spaces between words."""

    name = "word_stats"
    aliases = ("text_statistics",)

    class Config(BaseModel):
        """Unknown fields are refused, so that a mistyped one is noticed in the admin."""

        model_config = ConfigDict(extra="forbid")
        words_per_minute: float = Field(default=230, gt=0, description="Speed of the reader.")
        title_module: str | None = Field(
            default=None, description="A module that is given the text and answers processed_text."
        )

    class Input(BaseModel):
        text: str = Field(max_length=1_000_000)

    class Output(BaseModel):
        words: int
        sentences: int
        longest_word: str
        reading_s: float
        title: str | None = None

    config: Config

    async def execute(self, input_data: Input) -> Output:
        words = re.findall(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*", input_data.text)
        if not words:
            raise InvalidInput("input_data.text holds no word; send a text.")
        self.context.log("counted", words=len(words))
        title = await self._title(input_data.text)
        self.context.progress(1.0)
        return self.Output(
            words=len(words),
            sentences=len(re.findall(r"[.!?…]+(?:\s|$)", input_data.text)) or 1,
            longest_word=max(words, key=len),
            reading_s=round(60 * len(words) / self.config.words_per_minute, 1),
            title=title,
        )

    async def _title(self, text: str) -> str | None:
        """As a child execution of its own: it is listed, limited and cancelled with ours."""
        if self.config.title_module is None:
            return None
        self.context.progress(0.5, "asking for a title")
        answer = await self.context.call_module(self.config.title_module, {"text": text})
        return str(answer["processed_text"])
