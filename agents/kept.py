"""Things that are kept for each event loop and shared by key, such as HTTP clients.

Borrowed ones stay open; of the idle ones, the least recently used is closed first when there are
too many, and all are closed with their loop. Used by `agents.chat.clients` and `agents.outbound`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass
class _Shared(Generic[T]):
    thing: T
    borrowers: int = 0


@dataclass
class _Loop(Generic[K, T]):
    """What one event loop keeps, least recently used first; `closer` ends it with the loop."""

    things: dict[K, _Shared[T]]
    closer: AsyncGenerator[None, None]


class Kept(Generic[K, T]):
    def __init__(self, close: Callable[[T], Awaitable[None]]) -> None:
        self._close = close
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Loop[K, T]] = WeakKeyDictionary()

    @asynccontextmanager
    async def borrowed(self, key: K, make: Callable[[], T], *, most: int) -> AsyncIterator[T]:
        """The key's thing, made when it is new; not closed while it is borrowed. most: how many
        are kept when nobody uses them."""
        things = await self._of_this_loop()
        shared = things.pop(key, None) or _Shared(make())
        things[key] = shared
        shared.borrowers += 1
        try:
            yield shared.thing
        finally:
            shared.borrowers -= 1
            await self._close_oldest(things, most)

    async def _of_this_loop(self) -> dict[K, _Shared[T]]:
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            things: dict[K, _Shared[T]] = {}
            self._loops[loop] = _Loop(things, self._closer(things))
            await anext(self._loops[loop].closer)
        return self._loops[loop].things

    async def _closer(self, things: dict[K, _Shared[T]]) -> AsyncGenerator[None, None]:
        """asyncio.run closes the generators that are still open before it closes the loop."""
        try:
            yield
        finally:
            while things:
                await self._close(things.popitem()[1].thing)

    async def _close_oldest(self, things: dict[K, _Shared[T]], most: int) -> None:
        for key in [key for key, shared in things.items() if not shared.borrowers]:
            if len(things) <= most:
                return
            await self._close(things.pop(key).thing)
