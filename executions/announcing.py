"""Tell the workers that something was queued, after it was committed. Called by `dispatch` and
`batch`; what is lost on the way is found by the workers' own look."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from django.db import InterfaceError, OperationalError, connection, transaction

from executions import transports, wakeups
from executions.events import waiters

logger = logging.getLogger(__name__)


def queued(lane: str, execution_ids: Sequence[str], *, told: bool = False) -> None:
    """One wake-up, however many they are. told: their own statement woke the workers already."""
    if not told:
        _after_commit(partial(_wake, lane))
    _after_commit(partial(transports.send, lane, execution_ids))


def _after_commit(call: Callable[[], object]) -> None:
    """Django's own `on_commit` takes a connection even where there is no transaction."""
    if connection.in_atomic_block:
        transaction.on_commit(call)
    else:
        call()


def _wake(lane: str) -> None:
    """The run is accepted by now: that the database went away since is no refusal."""
    if waiters.announce_queued(lane):
        return
    try:
        with connection.cursor() as cursor:
            wakeups.announce(cursor, wakeups.RUN_QUEUED, [lane])
    except (OperationalError, InterfaceError) as error:
        logger.warning("a wake-up was lost: %s", str(error).partition("\n")[0])
