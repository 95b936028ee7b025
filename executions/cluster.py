"""django-q2's cluster and sentinel, made to end politely and to survive the death of a member.

Started by `manage.py qcluster`. What is changed, and why, stands at each class; everything else is
django-q2's.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import Event
from time import sleep
from typing import Any

from django.conf import settings
from django_q.cluster import Cluster, Sentinel, get_mp_context
from django_q.queues import Queue

from executions import descendants, family, nursery
from executions.schedule_clock import ScheduleClock
from executions.watchdog import LOOK_EVERY_S, Watchdog

_LAST_WORDS_S = 10
_ORPHANS_S = 8
"""How long workers without a sentinel may give their runs back: ten seconds later all is gone."""


class ResultQueue(Queue):  # type: ignore[misc]
    """A queue whose one reader needs no lock. With the lock, a monitor that is killed while it
    waits (that is always) takes it to the grave, and no later monitor reads another result."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rlock: AbstractContextManager[None] = nullcontext()


class TickingEvent:
    """An event whose waiter does something before each wait: django-q2's guard loop waits for
    `stop_event` twice a second, and has no other place for a hook."""

    def __init__(self, event: Any, tick: Callable[[], None]) -> None:
        self._event, self._tick = event, tick

    def is_set(self) -> bool:
        return bool(self._event.is_set())

    def wait(self, seconds: float) -> bool:
        self._tick()
        return bool(self._event.wait(seconds))


class FamilySentinel(Sentinel):  # type: ignore[misc]
    def __init__(self, *args: Any) -> None:
        super().__init__(*args, start=False)
        family.become_sentinel()
        self.result_queue = ResultQueue()
        tick = ScheduleClock(self.broker).tick
        self.stop_event: Any = TickingEvent(self.stop_event, tick)
        self.start()

    def stop(self) -> None:
        self.timeout = _LAST_WORDS_S  # how long the end may take; the tasks' timeout is an hour
        super().stop()


class FamilyCluster(Cluster):  # type: ignore[misc]
    """Tells all processes at once that the cluster stops, and knows whether it was asked to."""

    def __init__(self) -> None:
        self.family = family.found()
        self.nursery = nursery.found()
        self.asked_to_stop = False
        super().__init__()

    def start(self) -> int:
        """Raises RuntimeError when the sentinel does not come up."""
        self.stop_event, self.start_event = Event(), Event()
        self.sentinel = get_mp_context().Process(
            target=FamilySentinel,
            name="sentinel",
            args=(self.stop_event, self.start_event, self.cluster_id, self.broker, self.timeout),
        )
        self.sentinel.start()
        # Polled, not waited for: a signal handler may stop the cluster, and set these to None.
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
        self.asked_to_stop = True
        self.family.stop()
        stopped: bool = super().stop()
        return stopped
