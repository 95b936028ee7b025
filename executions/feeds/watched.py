"""What this process watches: one record per execution and organization, written by the reader's
thread alone. How far they were read, and what was told of them last."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from executions.feeds.messages import Message, StateRow
from executions.feeds.reading import Active, Ended, Place

_OVERLAP = timedelta(seconds=5)
"""How much later than its own time a row may become visible, at most, before a look misses it."""
_DOUBTED = timedelta(minutes=1)
_REMEMBERED = 5_000
"""Executions of an organization whose last state is kept; of others it may be told twice."""


class Topic(NamedTuple):
    kind: Literal["execution", "organization"]
    id: str


@dataclass(frozen=True, kw_only=True)
class Joining:
    """Somebody who is told from now on. seq: the last event they have; since: until when they know
    what finished, None when they do not ask."""

    who: Hashable
    topic: Topic
    org_id: str
    seq: int = 0
    since: datetime | None = None


class Parcel(NamedTuple):
    """Messages for everybody who is live on the topic, or for those who join by it."""

    topic: Topic
    messages: list[Message]
    joining: tuple[Hashable, ...] = ()


@dataclass
class WatchedExecution:
    org_id: str
    seq: int | None = None
    state: str = ""

    def after(self, joining: Iterable[Joining]) -> int:
        """From where to read, so that nobody misses anything; whoever has more skips it."""
        known = [] if self.seq is None else [self.seq]
        return min([*known, *(j.seq for j in joining)])


@dataclass
class WatchedOrganization:
    """running: what ran, or waited, at the last look. place: up to where its ends were read."""

    running: set[str] = field(default_factory=set)
    place: Place | None = None
    looked_at: datetime | None = None
    _told: OrderedDict[str, tuple[int, bool]] = field(default_factory=OrderedDict)

    @property
    def queued_since(self) -> datetime | None:
        return self.looked_at and self.looked_at - _OVERLAP

    def begins(self, now: datetime) -> None:
        if self.place is None:
            self.place, self.looked_at = Place(at=now - _OVERLAP), now

    def looked(self, active: Active, ended: Ended) -> set[str]:
        """The executions that may have changed since the last look."""
        vanished = self.running - active.running
        self.running = active.running
        self.place = ended.next if ended.full else Place(at=ended.now - _OVERLAP)
        self.looked_at = ended.now
        new = {id_ for id_ in active.queued if id_ not in self._told}
        over = {id_ for id_ in ended.ids if not self._told.get(id_, (0, False))[1]}
        return vanished | active.running | new | over

    def doubt(self) -> None:
        """A connection was lost, perhaps with what had been found: look again, further back."""
        self.running |= {id_ for id_, (_, final) in self._told.items() if not final}
        if self.place is not None:
            self.place = Place(at=self.place.at - _DOUBTED)

    def is_news(self, row: StateRow, message: Message) -> bool:
        """Whether the organization's subscribers have not been told this yet."""
        told = (hash(message.body), row.final)
        if self._told.get(row.execution_id) == told:
            return False
        self._told[row.execution_id] = told
        self._told.move_to_end(row.execution_id)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return True


def overlapping(since: datetime) -> Place:
    return Place(at=since - _OVERLAP)
