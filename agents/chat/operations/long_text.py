"""A text that is too long for one question, in parts. Called by `summarize` and `translate`."""

import asyncio

from agents.chat.job import Job
from agents.chat.tokens import estimate, split
from agents.errors import InvalidInput

MAX_PARTS = 500


async def parts_of(text: str, *, most_tokens: int) -> list[str]:
    """In order, together the whole text. Raises InvalidInput for more parts than can be paid for
    by accident. Counting a long text takes a while, which other runs must not wait for."""
    if len(text) <= most_tokens and estimate(text) <= most_tokens:
        return [text]
    parts = await asyncio.to_thread(split, text, most=most_tokens)
    if len(parts) > MAX_PARTS:
        raise InvalidInput(
            f"input_data.text has {len(text):,} characters, which makes {len(parts):,} parts of "
            f"{most_tokens:,} tokens; at most {MAX_PARTS} are worked on. Send it in pieces, or "
            "raise part_tokens in the module's config."
        )
    return parts


def finish_reason(reasons: list[str]) -> str:
    """`length` when any part of the result was cut off."""
    return "length" if "length" in reasons else reasons[-1]


def part_tokens(job: Job, otherwise: int) -> int:
    """The module's size of a part, else the operation's."""
    return job.part_tokens or otherwise
