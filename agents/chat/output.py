"""The output of an NLP module, by operation. Used by `agents.nlp`."""

from typing import Annotated, Any

from pydantic import Discriminator, RootModel, Tag

from agents.chat.operations import (
    classify,
    complete,
    embed,
    extract,
    sentiment,
    summarize,
    translate,
)


def _operation_of(output: Any) -> str:
    if isinstance(output, dict):
        return str(output.get("operation", "complete"))
    return str(getattr(output, "operation", "complete"))


class NlpOutput(
    RootModel[
        Annotated[
            Annotated[complete.Output, Tag("complete")]
            | Annotated[summarize.Output, Tag("summarize")]
            | Annotated[classify.Output, Tag("classify")]
            | Annotated[extract.Output, Tag("extract")]
            | Annotated[sentiment.Output, Tag("sentiment")]
            | Annotated[translate.Output, Tag("translate")]
            | Annotated[embed.Output, Tag("embed")],
            Discriminator(_operation_of),
        ]
    ]
):
    """By operation, which all but complete's name."""
