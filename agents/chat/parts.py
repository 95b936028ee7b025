"""Work in several requests: a long text in parts, texts in batches. Order is kept, a bounded number
runs at once, and a part that fails in passing is asked again in its place.

The runner repeats whole runs; here nineteen finished parts would be paid for twice because of the
twentieth. So waiting, Retry-After included, happens inside the run, within its deadline. Called by
operations.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from agents.base import AgentContext
from agents.errors import RateLimited, TransientError

T = TypeVar("T")
R = TypeVar("R")

FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 120.0
"""What asks for more patience than this is the runner's to try again."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How many requests run at once, and how often one of them is tried again."""

    parallel: int
    retries: int
    context: AgentContext

    async def work(
        self,
        items: Sequence[T],
        ask: Callable[[int, T], Awaitable[R]],
        *,
        doing: str,
        before: int = 0,
        start: float = 0.0,
        end: float = 1.0,
    ) -> list[R]:
        """`ask(index, item)` for each, with a progress event as each ends, from the fraction
        `start` to `end`; `before` so many were worked on already. The first failure that lasts ends
        all. One item alone, with nothing paid for before it, is left to the runner to repeat."""
        if len(items) == 1 and not start:
            return [await ask(0, items[0])]
        count = before + len(items)
        seats, done = asyncio.Semaphore(self.parallel), 0

        async def one(index: int, item: T) -> R:
            nonlocal done
            what = f"{doing} {before + index + 1}"
            await seats.acquire()
            found = await self.insist(lambda: ask(index, item), what)
            seats.release()  # not after a failure: nothing more is to begin then
            done += 1
            self.context.progress(start + (end - start) * done / len(items), f"{what} of {count}")
            return found

        return await _together([one(index, item) for index, item in enumerate(items)])

    async def insist(self, ask: Callable[[], Awaitable[R]], what: str) -> R:
        """One request of several, asked again after a failure that may pass."""
        for attempt in range(self.retries):
            try:
                return await ask()
            except TransientError as error:
                pause_s = _pause_s(error, attempt)
                if not self._has_time_for(pause_s):
                    raise
                self.context.log(
                    f"{what} failed and is tried again in {pause_s:.1f} s: {error}",
                    level="warning", code=error.code, pause_s=round(pause_s, 3),
                )  # fmt: skip
                await asyncio.sleep(pause_s)
        return await ask()

    def _has_time_for(self, pause_s: float) -> bool:
        remaining_s = self.context.remaining_s()
        return pause_s <= MAX_PAUSE_S and (remaining_s is None or pause_s < remaining_s)


def _pause_s(error: TransientError, attempt: int) -> float:
    """What the server asks for, else longer with each attempt; never all parts at one moment."""
    if isinstance(error, RateLimited) and error.retry_after_s is not None:
        return error.retry_after_s
    return float(FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1))  # noqa: S311 (no secret)


async def _together(work: Sequence[Awaitable[R]]) -> list[R]:
    """Their results in order. The first error ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_awaited(item)) for item in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def _awaited(item: Awaitable[R]) -> R:
    return await item
