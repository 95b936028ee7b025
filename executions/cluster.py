"""django-q2's cluster and sentinel, made to end politely and to survive the death of a member.

Started by `manage.py qcluster`. What is changed, and why, stands at each class; everything else is
django-q2's.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from multiprocessing import Event
from queue import Full
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django_q.cluster import Cluster, Sentinel, get_mp_context
from django_q.queues import Queue

from executions import descendants, family, nursery
from executions.schedule_clock import ScheduleClock
from executions.watchdog import LOOK_EVERY_S, Watchdog

logger = logging.getLogger(__name__)

_LAST_WORDS_S = 5
"""How long, after the runs' grace, the members may take to end by themselves."""
_ORPHANS_S = 8
"""How long workers without a sentinel may give their runs back: ten seconds later all is gone."""


class ResultQueue(Queue):  # type: ignore[misc]
    """A queue whose one reader needs no lock. With the lock, a monitor that is killed while it
    waits (that is always) takes it to the grave, and no later monitor reads another result."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rlock: AbstractContextManager[None] = nullcontext()


class StopSignal:
    """In place of the event that django-q2's guard loop waits for twice a second, where it has no
    other place for a hook: `tick` is called before each wait. It reads the family's pipe, because
    who sets an event of multiprocessing's waits for its waiter, which may be dead or stopped."""

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick

    def is_set(self) -> bool:
        return family.stops(within_s=0)

    def wait(self, seconds: float) -> bool:
        self._tick()
        return family.stops(within_s=seconds)


class FamilySentinel(Sentinel):  # type: ignore[misc]
    def __init__(self, *args: Any) -> None:
        super().__init__(*args, start=False)
        family.become_sentinel()
        self.result_queue = ResultQueue()
        tick = ScheduleClock(self.broker).tick
        self.stop_event: Any = StopSignal(tick)
        self.start()

    def stop(self) -> None:
        """Instead of django-q2's, which waits without end for the pusher, for places in the queue
        and for each worker: one that was killed just before, or an ordinary task that takes an
        hour, would hold up the end until a supervisor kills the group. What such a task had begun
        is sent again, as after a crash."""
        logger.info("the cluster's processes stop")
        self.event_out.set()
        _until_gone(self.pool, within_s=settings.STOP_GRACE_SECONDS + _LAST_WORDS_S,
                    meanwhile=self._send_home)  # fmt: skip
        _end(self.pusher)  # it may wait for a place in the queue that nobody makes any more
        self.result_queue.put("STOP")
        _until_gone([self.monitor], within_s=_LAST_WORDS_S)

    def _send_home(self) -> None:
        """Whoever comes for another task. There is one place, so this is said again and again."""
        with suppress(Full):
            self.task_queue.put_nowait("STOP")


def _until_gone(
    members: list[Any], *, within_s: float, meanwhile: Callable[[], None] = lambda: None
) -> None:
    """Returns when all have ended; those that have not after this time are killed."""
    deadline = monotonic() + within_s
    while any(member.is_alive() for member in members) and monotonic() < deadline:
        meanwhile()
        sleep(0.05)
    for member in members:
        _end(member)


def _end(member: Any) -> None:
    member.kill()
    member.join()


class FamilyCluster(Cluster):  # type: ignore[misc]
    """Tells all processes at once that the cluster stops, and knows whether it was asked to."""

    def __init__(self) -> None:
        self.family = family.found()
        self.nursery = nursery.found()
        self.asked_to_stop = False
        super().__init__()

    def start(self) -> int:
        """Raises RuntimeError when the sentinel does not come up."""
        self.start_event: Any = Event()
        self.sentinel = get_mp_context().Process(
            target=FamilySentinel,
            name="sentinel",
            args=(None, self.start_event, self.cluster_id, self.broker, self.timeout),
        )
        self.sentinel.start()
        # Polled, not waited for: a signal handler may stop the cluster, and set it to None.
        while self.start_event and not self.start_event.is_set():
            if not self.sentinel.is_alive():
                if self.asked_to_stop:
                    break
                raise RuntimeError(
                    f"the cluster did not start: its sentinel ended with {self.sentinel.exitcode}"
                )
            sleep(0.05)
        pid: int = self.pid
        return pid

    def guard(self) -> str | None:
        """Until the cluster has ended: None when it was asked to, else why, for people."""
        watchdog = Watchdog(self.family, patience_s=settings.WATCHDOG_SECONDS)
        while self.sentinel.is_alive():
            self.sentinel.join(LOOK_EVERY_S)
            descendants.end_orphans_of_hosts()
            if self.asked_to_stop:
                continue
            self.nursery.keep()
            if why := watchdog.look():
                self.family.kill()
                return why
        if self.asked_to_stop:
            return None
        self.nursery.leave()
        self.family.end(within_s=min(settings.STOP_GRACE_SECONDS, _ORPHANS_S))
        return "The cluster's sentinel died"

    def stop(self) -> bool:
        """Everybody hears it from the family, the sentinel too. It has a time to end in: one that
        is stopped or hangs is killed, and all below it."""
        self.asked_to_stop = True
        logger.info("the cluster stops")
        self.family.stop()
        self.sentinel.join(settings.STOP_GRACE_SECONDS + 3 * _LAST_WORDS_S)
        if self.sentinel.is_alive():
            self.family.kill()
            self.sentinel.join()
        self.start_event = None
        return True
