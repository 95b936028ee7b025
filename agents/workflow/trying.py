"""Doing one call of a step, again where its `retry` says so: timeouts, and pauses between the goes.

What is tried again: failures that may pass, modules that failed, and timeouts. Not what would fail
in the same way: bad input, refused calls, a server's 4xx.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from agents.errors import (
    AgentError,
    ModuleCallFailed,
    ModuleCallRefused,
    PermanentError,
    TransientError,
)
from agents.workflow.model import Retry


class StepTimedOut(TransientError):
    code = "step_timed_out"


async def tried(
    act: Callable[[], Awaitable[Any]],
    *,
    retry: Retry,
    timeout_s: float | None,
    on_retry: Callable[[AgentError, float], None],
) -> Any:
    """Raises the AgentError of the last go. on_retry hears of each pause, in seconds."""
    for attempt in range(1, retry.attempts + 1):
        try:
            return await _timed(act, timeout_s)
        except AgentError as error:
            pause_s = _pause_s(error, retry, attempt)
            if pause_s is None:
                raise
            on_retry(error, pause_s)
            await asyncio.sleep(pause_s)
    raise AssertionError("the last attempt returns or raises")


async def _timed(act: Callable[[], Awaitable[Any]], timeout_s: float | None) -> Any:
    limit = asyncio.timeout(timeout_s)
    try:
        async with limit:
            return await act()
    except TimeoutError:
        if not limit.expired():
            raise PermanentError("It timed out inside, without saying where.") from None
        raise StepTimedOut(f"Timed out after {timeout_s:.4g} seconds.") from None


def _pause_s(error: AgentError, retry: Retry, attempt: int) -> float | None:
    """None when there shall be no other go. What the other side asked for is given, up to the
    longest pause; else half of the pause is left to chance, so that many do not come back at once.
    """
    if attempt >= retry.attempts or not _may_pass(error):
        return None
    asked: float | None = getattr(error, "retry_after_s", None)
    if asked is not None:
        return asked if asked <= retry.max_delay_s else None
    pause_s: float = min(retry.max_delay_s, retry.delay_s * 2 ** (attempt - 1))
    return pause_s * random.uniform(0.5, 1)  # noqa: S311


def _may_pass(error: AgentError) -> bool:
    if isinstance(error, ModuleCallRefused):
        return False
    return error.retryable or isinstance(error, ModuleCallFailed)
