"""Many awaited calls, some at once: the first failure ends all the others."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any


async def all_at_once(acts: Sequence[Callable[[], Awaitable[Any]]], *, most: int) -> list[Any]:
    """Their results in order, at most `most` of them under way. Raises the first error, once
    everything that was under way has ended."""
    results: list[Any] = [None] * len(acts)
    waiting = iter(enumerate(acts))

    async def work() -> None:
        for number, act in waiting:
            results[number] = await act()

    workers = [asyncio.create_task(work()) for _ in range(min(most, len(acts)))]
    try:
        await asyncio.gather(*workers)
    finally:
        await end(workers)
    return results


async def end(tasks: Sequence["asyncio.Task[Any]"]) -> None:
    """Cancel those that are not done, and wait until they are."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
