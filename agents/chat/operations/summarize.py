"""summarize: a text of any length, shorter. Long ones in parts, whose summaries are joined.

Called by `agents.nlp`.
"""

from typing import Literal

from pydantic import BaseModel, Field

from agents.chat import prompts
from agents.chat.job import Job
from agents.chat.operations.languages import Language
from agents.chat.operations.long_text import finish_reason, part_tokens, parts_of
from agents.chat.question import Answer, Tokens
from agents.chat.tokens import estimate

PART_TOKENS = 6_000
PARTS_SHARE = 0.8
"""Of the progress; how many rounds of joining follow is known only then."""
_LENGTHS = {
    "short": "two or three sentences",
    "medium": "one or two paragraphs",
    "long": "about a page",
}


class Options(BaseModel):
    """Of the summary."""

    length: Literal["short", "medium", "long"] | None = Field(
        default=None, description="Of the summary; medium without it."
    )
    language: Language | None = Field(
        default=None, description="Of the summary; the text's own without it."
    )


class Output(BaseModel):
    """processed_text is the summary. finish_reason `length`: it, or a part's, was cut off."""

    operation: Literal["summarize"] = "summarize"
    processed_text: str
    parts: int = Field(description="Into how many the text was cut; 1: it was not.")
    model: str
    finish_reason: str
    usage: Tokens


async def run(job: Job, options: Options) -> Output:
    """One question, or one for each part and then some that join their answers."""
    parts = await parts_of(job.text or "", most_tokens=part_tokens(job, PART_TOKENS))
    told = {
        "length": _LENGTHS[options.length or "medium"],
        "language": options.language or "the language of the text",
    }
    if len(parts) == 1:
        messages = job.about(parts[0], prompts.SUMMARIZE, **told)
        answers = [await job.model.ask(messages, streamed=True)]
    else:
        answers = await _joined(job, await _of_parts(job, parts, told), told)
    return Output(
        processed_text=answers[-1].text,
        parts=len(parts),
        model=answers[-1].model,
        finish_reason=finish_reason([answer.finish_reason for answer in answers]),
        usage=job.model.spent(),
    )


async def _of_parts(job: Job, parts: list[str], told: dict[str, str]) -> list[Answer]:
    async def one(index: int, part: str) -> Answer:
        place = {"number": str(index + 1), "count": str(len(parts))}
        return await job.model.ask(job.about(part, prompts.SUMMARIZE_PART, **told, **place))

    return await job.patience.work(parts, one, doing="Part", end=PARTS_SHARE)


async def _joined(job: Job, answers: list[Answer], told: dict[str, str]) -> list[Answer]:
    """All answers so far, the last of them the summary of the whole. Each round leaves about half
    of the summaries at most, so there is an end."""
    every, latest, done = list(answers), answers, PARTS_SHARE
    while len(latest) > 1:
        latest = await _round(job, latest, told, done=done)
        every += latest
        done = (done + 1) / 2
    return every


async def _round(
    job: Job, answers: list[Answer], told: dict[str, str], *, done: float
) -> list[Answer]:
    groups = _groups(answers, part_tokens(job, PART_TOKENS))

    async def one(_: int, group: list[Answer]) -> Answer:
        if len(group) == 1:
            return group[0]
        text = "\n\n".join(answer.text for answer in group)
        messages = job.about(text, prompts.JOIN_SUMMARIES, **told)
        return await job.model.ask(messages, streamed=len(groups) == 1)

    end = 1.0 if len(groups) == 1 else (done + 1) / 2
    return await job.patience.work(groups, one, doing="Joined summary", start=done, end=end)


def _groups(answers: list[Answer], most_tokens: int) -> list[list[Answer]]:
    """Neighbours, as many as fit, but two at least, except for a last one that is left over."""
    groups: list[list[Answer]] = [[]]
    size = 0
    for answer in answers:
        tokens = estimate(answer.text)
        if len(groups[-1]) >= 2 and size + tokens > most_tokens:
            groups.append([])
            size = 0
        groups[-1].append(answer)
        size += tokens
    return groups
