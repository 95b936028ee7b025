"""`deliver`: claim, send, settle, until nothing is due. The event loop of the deliverer's thread.

Statements run on this loop's own thread: each takes a millisecond, and nothing else waits for it.
"""

import asyncio
import logging
from time import monotonic
from typing import Any

from executions.webhooks import outbox
from executions.webhooks.outbox import Connection, Due, Verdict
from executions.webhooks.pauses import next_in_s
from executions.webhooks.sending import Letter, attempt, prepared

logger = logging.getLogger(__name__)

_AT_ONCE = 64
_STOP_GRACE_S = 1.0
_FORGET_EVERY_S = 3600.0
_forgot_at = float("-inf")


async def deliver(conn: Connection, *, poked: asyncio.Event, stopping: asyncio.Event) -> None:
    """Returns when there is nothing left to do now. Raises psycopg.Error; what is in hand then is
    taken by whoever finds its lease over."""
    _forget(conn)
    in_hand: dict[asyncio.Task[Verdict], Due] = {}
    try:
        while not stopping.is_set():
            poked.clear()
            taken = outbox.claim(conn, most=_AT_ONCE - len(in_hand))
            for due in taken:
                _begin(conn, due, in_hand)
            if not taken and not in_hand:
                return
            await _something(in_hand, poked, stopping)
            _settle_finished(conn, in_hand)
        await _give_back(conn, in_hand)
    finally:
        for task in in_hand:
            task.cancel()


def _begin(conn: Connection, due: Due, in_hand: dict[asyncio.Task[Verdict], Due]) -> None:
    def fetch(query: str, params: Any) -> list[tuple[Any, ...]]:
        return conn.execute(query, params).fetchall()

    ready = prepared(fetch, due)
    if isinstance(ready, Verdict):
        _settle(conn, due, ready)
    else:
        in_hand[asyncio.create_task(_attempt(due, ready))] = due


async def _attempt(due: Due, letter: Letter) -> Verdict:
    """Whatever goes wrong counts as an attempt: one that breaks us must not come for ever."""
    try:
        return await attempt(due, letter)
    except Exception:
        logger.exception("a webhook could not be sent")
        said = "It could not be sent; the log of the worker says why."
        return Verdict(error=said, again_in_s=next_in_s(due.attempts))


async def _something(
    in_hand: dict[asyncio.Task[Verdict], Due], poked: asyncio.Event, stopping: asyncio.Event
) -> None:
    """An attempt ended, more is due, or it is time to stop."""
    if not in_hand:
        return
    events = [asyncio.create_task(event.wait()) for event in (poked, stopping)]
    await asyncio.wait([*in_hand, *events], return_when=asyncio.FIRST_COMPLETED)
    for task in events:
        task.cancel()


def _settle_finished(conn: Connection, in_hand: dict[asyncio.Task[Verdict], Due]) -> None:
    for task in [task for task in in_hand if task.done()]:
        _settle(conn, in_hand[task], task.result())
        del in_hand[task]


async def _give_back(conn: Connection, in_hand: dict[asyncio.Task[Verdict], Due]) -> None:
    """What does not end in a moment is due at once, for another deliverer. Its receiver may then
    hear it twice, with the same id."""
    if in_hand:
        await asyncio.wait(in_hand, timeout=_STOP_GRACE_S)
    _settle_finished(conn, in_hand)
    for due in in_hand.values():
        outbox.settle(conn, due, Verdict(again_in_s=0, refund=True))


def _settle(conn: Connection, due: Due, verdict: Verdict) -> None:
    ours = outbox.settle(conn, due, verdict)
    fields = {
        "delivery": due.id,
        "org_id": due.org_id,
        "execution_id": due.execution_id,
        "attempt": due.attempts,
        "status": verdict.status,
        "came_to": _came_to(verdict) if ours else "dropped",
    }
    logger.info("webhook attempted", extra={"fields": fields})


def _came_to(verdict: Verdict) -> str:
    if verdict.delivered:
        return "delivered"
    return "failed" if verdict.again_in_s is None else "tried again"


def _forget(conn: Connection) -> None:
    global _forgot_at  # noqa: PLW0603 (once an hour in a process is enough)
    if monotonic() - _forgot_at >= _FORGET_EVERY_S:
        _forgot_at = monotonic()
        outbox.forget_old(conn)
