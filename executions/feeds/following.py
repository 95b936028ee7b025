"""One subscriber's way: what is in the log already, then what happens, until the end.

The log is read in pages, each when the one before was taken, so that a long one costs no memory.
Nothing is missed or repeated in between: whoever joins says which event they have.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from executions.feeds import messages, reading
from executions.feeds.asking import ask, fetch
from executions.feeds.hub import hub
from executions.feeds.messages import Message
from executions.feeds.reading import Place
from executions.feeds.subscription import Subscription

Batches = AsyncIterator[list[Message]]
"""Messages as they come, many at once when there are many; an empty list after a while without."""


async def execution(subscription: Subscription, *, idle_s: float) -> Batches:
    """Events after the subscription's seq and states, and then the end. Raises Closed."""
    while not subscription.ended.is_set():
        page = await ask(_page, subscription)
        if page.events:
            subscription.seq = page.events[-1].seq
            yield page.events
        if not page.more:
            break
    async for batch in _live(subscription, idle_s=idle_s):
        yield batch


def _page(subscription: Subscription) -> reading.Page:
    id_, private = subscription.topic.id, subscription.private
    pages = reading.events(fetch, {id_: subscription.seq}, private=private)
    return pages.get(id_, reading.NO_EVENTS)


async def organization(
    subscription: Subscription, *, since: datetime | None, idle_s: float
) -> Batches:
    """What finished since then (no more than a day ago), oldest first; then the live executions,
    `ready`, and every change. Raises Closed."""
    place = None if since is None else Place(at=since)
    while place is not None and not subscription.ended.is_set():
        told, place, subscription.since = await ask(_ended, subscription.org_id, place)
        if told:
            yield told
    async for batch in _live(subscription, idle_s=idle_s):
        yield batch


def _ended(org_id: str, after: Place) -> tuple[list[Message], Place | None, datetime]:
    """A page of ends, where the next one begins, and until when all are known."""
    ended = reading.finished(fetch, org_id, after=after, most=reading.MOST_EVENTS)
    rows = reading.states(fetch, ended.ids)
    told = [messages.state(rows[id_]) for id_ in ended.ids if id_ in rows]
    return told, ended.next if ended.full else None, ended.now


async def _live(subscription: Subscription, *, idle_s: float) -> Batches:
    if not subscription.ended.is_set():
        hub.join(subscription)
    while True:
        yield await subscription.take(wait_s=idle_s)
