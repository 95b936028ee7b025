"""What the rows say now: states, events and ends of executions, and which of an organization's may
have changed.

Every function takes `fetch`, which runs one statement: the reader's own connection, or one borrowed
from the pool. Callers have made sure whose executions these are.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from executions import lanes, sql
from executions.events import Result
from executions.feeds import messages
from executions.feeds.messages import EventRow, Message, StateRow

Fetch = Callable[[str, dict[str, Any]], Sequence[tuple[Any, ...]]]

MOST_EVENTS = 500
_MOST_BYTES = 1_000_000
_LARGE = 65_536
_GONE = "The execution was deleted."

_STATES = sql.read("feed_states.sql")
_EVENTS = sql.read("feed_events.sql")
_LIVE = sql.read("feed_live.sql")
_ACTIVE = sql.read("feed_active.sql")
_FINISHED = sql.read("feed_finished.sql")
_ENDS = """
SELECT id, status::text, CASE WHEN octet_length(output) <= %(large)s THEN output END, error,
       coalesce(octet_length(output) > %(large)s, false)
FROM public.module_executions WHERE id = ANY (%(ids)s)"""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Events of one execution. more: others may follow at once."""

    events: list[Message]
    more: bool

    @property
    def last_seq(self) -> int | None:
        return self.events[-1].seq if self.events else None


NO_EVENTS = Page(events=[], more=False)


def states(fetch: Fetch, ids: Collection[str]) -> dict[str, StateRow]:
    """Read these before their events: then all events of one that is done are there."""
    names = StateRow.__dataclass_fields__
    rows = fetch(_STATES, {"ids": list(ids)})
    return {row[0]: StateRow(**dict(zip(names, row, strict=True))) for row in rows}


def events(
    fetch: Fetch, after: Mapping[str, int], *, private: bool = True, most: int = MOST_EVENTS
) -> dict[str, Page]:
    """What follows these seqs, up to `most` events and a megabyte of each execution. Those without
    any are missing. private: those for administrators, too."""
    given = {
        "ids": list(after), "afters": list(after.values()), "private": private,
        "most": most, "most_bytes": _MOST_BYTES,
    }  # fmt: skip
    found: dict[str, list[Message]] = {}
    there: dict[str, int] = {}
    names = EventRow.__dataclass_fields__
    for *row, count in fetch(_EVENTS, given):
        read = EventRow(**dict(zip(names, row, strict=True)))
        found.setdefault(read.execution_id, []).append(messages.event(read))
        there[read.execution_id] = count
    return {
        id_: Page(events=page, more=there[id_] == most or len(page) < there[id_])
        for id_, page in found.items()
    }


def ends(fetch: Fetch, ids: Collection[str]) -> dict[str, Message]:
    """How these ended; large outputs are left to who wants them."""
    rows = fetch(_ENDS, {"ids": list(ids), "large": _LARGE}) if ids else []
    found = {row[0]: messages.end(Result(*row[:4]), omitted=row[4]) for row in rows}
    gone = {id_: Result(id_, "failed", None, _GONE) for id_ in ids if id_ not in found}
    return found | {id_: messages.end(result, omitted=False) for id_, result in gone.items()}


def live(fetch: Fetch, org_id: str) -> list[str]:
    """Executions that run or wait in the queue, at most a thousand, those that run first."""
    rows = fetch(_LIVE, {"org": org_id, "lanes": list(lanes.ALL), "most": 1000})
    return [row[0] for row in rows]


def active(fetch: Fetch, org_id: str, *, queued_since: datetime | None) -> "Active":
    """What runs, and what was queued since then and still is."""
    given = {"org": org_id, "since": queued_since, "most": 5000}
    rows = fetch(_ACTIVE, given)
    running = {row[0] for row in rows if row[1] == "running"}
    return Active(running=running, queued={row[0] for row in rows if row[1] == "queued"})


@dataclass(frozen=True, kw_only=True)
class Active:
    running: set[str]
    queued: set[str]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in the order in which an organization's executions finish."""

    at: datetime
    execution_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """ids in the order of their ends. next: where to read on. now: the database's time when these
    were read. full: there may be more."""

    ids: list[str]
    next: Place
    now: datetime
    full: bool


def finished(fetch: Fetch, org_id: str, *, after: Place | None, most: int = 5000) -> Ended:
    """What finished after that place, or nothing and the time; at most the last day."""
    given = {
        "org": org_id, "most": most,
        "at": after and after.at, "id": after.execution_id if after else "",
    }  # fmt: skip
    rows = fetch(_FINISHED, given)
    now = rows[0][2]
    ids = [row[0] for row in rows if row[0] is not None]
    place = Place(at=rows[-1][1], execution_id=ids[-1]) if ids else after or Place(at=now)
    return Ended(ids=ids, next=place, now=now, full=len(ids) == most)
