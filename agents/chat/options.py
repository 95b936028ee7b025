"""What both a module's config and its input may say to the NLP agent; the input goes before.

The options of all operations, and those of every question. Used by `config` and `input`.
"""

from typing import Annotated

from pydantic import Field

from agents.chat.operations import classify, embed, extract, summarize, translate

Temperature = Annotated[float, Field(ge=0, le=2)]
MaxTokens = Annotated[int, Field(ge=1, le=1_000_000)]


class SharedOptions(
    summarize.Options, translate.Options, classify.Options, extract.Options, embed.Options
):
    """What both the module's config and the input may say; the input goes before the config."""

    system_prompt: str | None = Field(
        default=None,
        description="complete's system message; added to the instructions of other operations.",
    )
    temperature: Temperature | None = None
    max_tokens: MaxTokens | None = Field(default=None, description="Of one answer.")
    stream: bool | None = Field(
        default=None, description="Report the text as token events while it arrives."
    )
