"""What is announced, and what a transport of announcements must do. See the package."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

RUN_QUEUED = "run_queued"  # payload: the lane, or EVERY_LANE
EVERY_LANE = "*"
RUN_DONE = "run_done"  # payload: the execution's id
CHILD_DONE = "child_done"  # the same for runs that a parent may wait for: its worker hears it
RUN_CANCEL = "run_cancel"  # payload: the worker's id, a space, the execution's id
RUN_ANSWERED = "run_answered"  # the same: its remote server called back
RUNS_WATCHED = "runs_watched"  # an organization's id: somebody watches its runs, for a while
RUN_CHANGED = "run_changed"  # organization's id, a space, the execution's id; only while watched
DELIVERY_DUE = "delivery_due"  # a webhook's; the payload is empty
TASK_QUEUED = "task_queued"  # an ordinary django-q2 task; the payload is empty


@dataclass(frozen=True)
class Note:
    channel: str
    payload: str


class Executes(Protocol):
    """A psycopg connection, or a cursor of Django's."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...


class Listener(Protocol):
    @property
    def fd(self) -> int | None:
        """Readable when there is something to hear; None: there never is."""

    @property
    def reliable(self) -> bool:
        """Whether announcements arrive at the moment."""

    def heard(self) -> list[Note]:
        """What came since the last call. Never blocks."""

    def close(self) -> None: ...


class Transport(Protocol):
    in_sql: bool

    def announce(self, via: Executes, channel: str, payloads: Sequence[str]) -> None: ...

    def listen(self, conn: psycopg.Connection[Any], channels: Sequence[str]) -> Listener: ...
