"""What the NLP agent can do with a text, one file each, and the table of them.

An operation has `Options` (in the module's config and in the input, which wins), an `Output`, and
`run(job, options)`. It asks the `Model` of its job and knows no server; nothing here imports
openai. A new one is a file here, a line in the table and its prompt in `agents.chat.prompts`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from agents.chat.job import Job
from agents.chat.operations import (
    classify,
    complete,
    embed,
    extract,
    sentiment,
    summarize,
    translate,
)

Name = Literal[
    "complete", "summarize", "classify", "extract", "sentiment", "translate", "embed"
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Operation:
    """sources: the input's fields that it works on; the input has exactly one of them."""

    options: type[BaseModel]
    run: Callable[[Job, Any], Awaitable[BaseModel]]
    sources: tuple[str, ...] = ("text",)


OPERATIONS: dict[Name, Operation] = {
    "complete": Operation(options=complete.Options, run=complete.run, sources=("text", "messages")),
    "summarize": Operation(options=summarize.Options, run=summarize.run),
    "classify": Operation(options=classify.Options, run=classify.run),
    "extract": Operation(options=extract.Options, run=extract.run),
    "sentiment": Operation(options=sentiment.Options, run=sentiment.run),
    "translate": Operation(options=translate.Options, run=translate.run),
    "embed": Operation(options=embed.Options, run=embed.run, sources=("text", "texts")),
}
