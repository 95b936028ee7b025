"""Sending to one subscriber until there is a reason to stop, whatever carries the messages.

Meanwhile it is asked again and again whether the subscriber still may watch. A client that takes
nothing any more gets half a minute to take the reason; then what waits for it is let go.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from django.conf import settings

from executions.feeds.asking import ask
from executions.feeds.closing import DATABASE_AWAY, NO_MORE, Closed, Why
from executions.feeds.following import Batches
from executions.feeds.hub import hub
from executions.feeds.messages import Message
from executions.feeds.subscription import Subscription

_GOODBYE_S = 30.0

Send = Callable[[list[Message]], Awaitable[None]]


async def deliver(
    subscription: Subscription,
    batches: Batches,
    *,
    send: Send,
    check: Callable[[], object],
) -> Why | None:
    """Why it ended; None when the client cannot even be told. check: raises Closed when the
    subscriber may not watch any more."""
    try:
        async with asyncio.timeout(None) as patience:
            with hub.subscribed(subscription):
                watching = asyncio.create_task(_watch_over(subscription, patience, check))
                try:
                    async with aclosing(batches):  # type: ignore[type-var]
                        async for batch in batches:
                            await send(batch)
                finally:
                    watching.cancel()
    except Closed as closed:
        return closed.why
    except TimeoutError:
        return None
    raise AssertionError("a subscription has no end without a reason")


async def _watch_over(
    subscription: Subscription, patience: asyncio.Timeout, check: Callable[[], object]
) -> None:
    while not await _ends_within(subscription, settings.FEED_REAUTH_SECONDS):
        try:
            await ask(check)
        except Closed as closed:
            if closed.why is not DATABASE_AWAY:
                subscription.close(NO_MORE)
    patience.reschedule(asyncio.get_running_loop().time() + _GOODBYE_S)


async def _ends_within(subscription: Subscription, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await subscription.ended.wait()
    except TimeoutError:
        return False
    return True
