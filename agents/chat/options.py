"""What both a module's config and its input may say to the NLP agent; the input goes before.

The options of all operations, and those of every question. Used by `config` and `input`.
"""

from collections.abc import Callable
from typing import Annotated, Any

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


def shown_first(*names: str) -> Callable[[dict[str, Any]], None]:
    """For `json_schema_extra`: people read these fields before those that a class inherits."""

    def sort(schema: dict[str, Any]) -> None:
        fields = schema["properties"]
        schema["properties"] = {name: fields[name] for name in names} | fields

    return sort
