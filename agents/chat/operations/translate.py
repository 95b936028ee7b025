"""translate: a text of any length in another language, part by part. Called by `agents.nlp`."""

from typing import Literal

from pydantic import BaseModel, Field

from agents.chat import prompts
from agents.chat.job import Job, needed
from agents.chat.operations.languages import Language
from agents.chat.operations.long_text import finish_reason, part_tokens, parts_of
from agents.chat.question import Answer, Tokens

PART_TOKENS = 1_500
"""A translation is as long as its text, and models may write far less than they read."""


class Options(BaseModel):
    """Of the languages."""

    target_language: Language | None = Field(
        default=None, description="Such as French or pt-BR; translate needs it."
    )
    source_language: Language | None = Field(
        default=None, description="Of the text; the model finds out without it."
    )


class Output(BaseModel):
    """processed_text is the translation. finish_reason `length`: some of it was cut off."""

    operation: Literal["translate"] = "translate"
    processed_text: str
    target_language: str
    parts: int = Field(description="Into how many the text was cut; 1: it was not.")
    model: str
    finish_reason: str
    usage: Tokens


async def run(job: Job, options: Options) -> Output:
    """Streamed when it is one part: parts run side by side, and their pieces would mix."""
    target = needed(options.target_language, "target_language", operation="translate")
    source = f" from {options.source_language}" if options.source_language else ""
    parts = await parts_of(job.text or "", most_tokens=part_tokens(job, PART_TOKENS))

    async def one(_: int, part: str) -> Answer:
        messages = job.about(part.strip(), prompts.TRANSLATE, target=target, **{"from": source})
        return await job.model.ask(messages, streamed=len(parts) == 1)

    answers = await job.patience.work(parts, one, doing="Part")
    texts = [answer.text for answer in answers]
    return Output(
        processed_text="".join(map(_spaced, parts, texts)) if len(parts) > 1 else texts[0],
        target_language=target,
        parts=len(parts),
        model=answers[-1].model,
        finish_reason=finish_reason([answer.finish_reason for answer in answers]),
        usage=job.model.spent(),
    )


def _spaced(part: str, translation: str) -> str:
    """Between the part's own white space, which models do not keep at the ends."""
    if not part.strip():
        return part
    before = part[: len(part) - len(part.lstrip())]
    return before + translation.strip() + part[len(part.rstrip()) :]
