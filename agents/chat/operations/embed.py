"""embed: texts as vectors, in batches. Called by `agents.nlp`."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from agents.chat.job import Job
from agents.chat.question import Tokens, Vectors
from agents.chat.tokens import estimate
from agents.errors import InvalidInput

MAX_TEXTS = 2_000
MAX_TEXT_CHARACTERS = 100_000
BATCH_TEXTS = 64
"""So that a reply of the longest vectors in use (4,096 numbers) stays under its limit of 8 MiB."""
BATCH_TOKENS = 100_000
MAX_NUMBERS = 400_000
"""In one output: about 9 MB of JSON, of the 10 MiB that a run may return."""

Texts = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARACTERS)]],
    Field(min_length=1, max_length=MAX_TEXTS),
]


class Options(BaseModel):
    """Of the vectors."""

    dimensions: int | None = Field(
        default=None, ge=1, le=10_000, description="Of each vector; the model's own without it."
    )


class Output(BaseModel):
    """embeddings in the order of the texts; each has `dimensions` numbers."""

    operation: Literal["embed"] = "embed"
    embeddings: list[list[float]]
    dimensions: int
    model: str
    usage: Tokens


async def run(job: Job, options: Options) -> Output:
    """The first batch alone: it decides which model answers, and how long the vectors are."""
    texts = [job.text or ""] if job.texts is None else list(job.texts)

    async def one(_: int, batch: list[str]) -> Vectors:
        return await job.model.embed(batch, dimensions=options.dimensions)

    first, *others = await asyncio.to_thread(_batches, texts)  # counting tokens takes a while
    found = [await one(0, first)]
    dimensions = len(found[0].values[0])
    _check_size(len(texts), dimensions)
    if others:
        done = 1 / (1 + len(others))
        job.context.progress(done, f"Batch 1 of {1 + len(others)}")
        found += await job.patience.work(others, one, doing="Batch", before=1, start=done)
    return Output(
        embeddings=[vector for vectors in found for vector in vectors.values],
        dimensions=dimensions,
        model=found[-1].model,
        usage=job.model.spent(),
    )


def _batches(texts: Sequence[str]) -> list[list[str]]:
    batches: list[list[str]] = [[]]
    size = 0
    for text in texts:
        tokens = estimate(text)
        full = len(batches[-1]) == BATCH_TEXTS or size + tokens > BATCH_TOKENS
        if batches[-1] and full:
            batches.append([])
            size = 0
        batches[-1].append(text)
        size += tokens
    return batches


def _check_size(texts: int, dimensions: int) -> None:
    if texts * dimensions > MAX_NUMBERS:
        raise InvalidInput(
            f"input_data.texts: {texts:,} vectors of {dimensions:,} numbers are more than a run "
            f"can return ({MAX_NUMBERS:,} numbers). Send fewer texts at once, or set dimensions."
        )
