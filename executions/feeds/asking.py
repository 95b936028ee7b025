"""Questions to the database from the event loop: in a few threads of their own, so that they never
wait for calls of the API, nor those for them."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from executions.feeds.closing import DATABASE_AWAY, Closed
from platform_agents.postgres.prepared import fetch as fetch_rows

_THREADS = 4
_pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="feeds")

P = ParamSpec("P")
T = TypeVar("T")


async def ask(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What it returns. Raises Closed when the database cannot be reached."""
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_pool, partial(_called, partial(call, *args, **kwargs)))
    except (OperationalError, InterfaceError):
        raise Closed(DATABASE_AWAY) from None


def _called(call: Callable[[], T]) -> T:
    try:
        return call()
    finally:
        connection.close()  # nothing is held between two questions


def fetch(query: str, params: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    return fetch_rows(query, params)
