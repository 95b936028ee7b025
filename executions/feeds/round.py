"""One round of the reader: collects what is wanted, reads it in few statements, packs parcels.

The states are read before the events: of a run that is done, no event is written any more, so all
of them are there, and its end can follow them. A round that fails is repeated, with a look at
everything, when the connection is back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from executions.feeds import messages, reading
from executions.feeds.messages import READY, Message, StateRow
from executions.feeds.watched import (
    Joining,
    Parcel,
    Topic,
    WatchedExecution,
    WatchedOrganization,
    overlapping,
)


@dataclass(frozen=True, kw_only=True)
class _Organization:
    watched: WatchedOrganization
    changed: set[str]
    first: list[str]  # what those who join are told of


class Round:
    def __init__(self, conn: psycopg.Connection[Any], joining: Iterable[Joining] = ()) -> None:
        self._conn = conn
        self._joining: dict[Topic, list[Joining]] = defaultdict(list)
        for one in joining:
            self._joining[one.topic].append(one)
        self._executions: dict[str, WatchedExecution] = {}
        self._organizations: dict[str, _Organization] = {}
        self.more: set[str] = set()

    @property
    def joined(self) -> set[str]:
        return {topic.id for topic in self._joining}

    @property
    def wanted(self) -> bool:
        return bool(self._executions or self._organizations)

    def look(self, org_id: str, watched: WatchedOrganization) -> set[str]:
        """The organization's executions that may have changed since the last look."""
        active = reading.active(self._fetch, org_id, queued_since=watched.queued_since)
        ended = reading.finished(self._fetch, org_id, after=watched.place)
        return watched.looked(active, ended)

    def wants_execution(self, execution_id: str, watched: WatchedExecution) -> None:
        self._executions[execution_id] = watched

    def wants_organization(
        self, org_id: str, watched: WatchedOrganization, changed: set[str]
    ) -> None:
        joining = self._joining.get(Topic("organization", org_id), [])
        first = self._first(org_id, watched, joining) if joining else []
        self._organizations[org_id] = _Organization(watched=watched, changed=changed, first=first)

    def _first(
        self, org_id: str, watched: WatchedOrganization, joining: list[Joining]
    ) -> list[str]:
        """What is live; then what finished since they asked, which what was live may have done
        meanwhile."""
        watched.begins(reading.finished(self._fetch, org_id, after=None).now)
        ids = reading.live(self._fetch, org_id)
        watched.running |= set(ids)
        if times := [one.since for one in joining if one.since is not None]:
            ids += reading.finished(self._fetch, org_id, after=overlapping(min(times))).ids
        return ids

    def read(self) -> list[Parcel]:
        if not self.wanted:
            return []
        ids = set(self._executions)
        for org in self._organizations.values():
            ids |= org.changed | set(org.first)
        states = reading.states(self._fetch, ids)
        return [*self._of_executions(states), *self._of_organizations(states)]

    def _of_executions(self, states: dict[str, StateRow]) -> list[Parcel]:
        after = {
            id_: watched.after(self._joining.get(Topic("execution", id_), []))
            for id_, watched in self._executions.items()
        }
        if not after:
            return []
        pages = reading.events(self._fetch, after)
        self.more = {id_ for id_, page in pages.items() if page.more}
        over = [i for i in after if i not in self.more and (i not in states or states[i].final)]
        ends = reading.ends(self._fetch, over)
        parcels = [
            self._of_execution(id_, pages.get(id_, reading.NO_EVENTS), states.get(id_), ends)
            for id_ in after
        ]
        for id_, seq in after.items():
            self._executions[id_].seq = pages.get(id_, reading.NO_EVENTS).last_seq or seq
        return [parcel for parcel in parcels if parcel.messages or parcel.joining]

    def _of_execution(
        self, id_: str, page: reading.Page, row: StateRow | None, ends: dict[str, Message]
    ) -> Parcel:
        topic, watched = Topic("execution", id_), self._executions[id_]
        joining = tuple(one.who for one in self._joining.get(topic, []))
        told = list(page.events)
        if row is not None and not page.more:
            now = messages.state(row)
            if joining or now.body != watched.state:
                told.append(now)
            watched.state = now.body
        elif joining:
            watched.state = ""  # told once the events are through
        if id_ in ends:
            told.append(ends[id_])
        return Parcel(topic=topic, messages=told, joining=joining)

    def _of_organizations(self, states: dict[str, StateRow]) -> list[Parcel]:
        return [parcel for org_id in self._organizations for parcel in self._of(org_id, states)]

    def _of(self, org_id: str, states: dict[str, StateRow]) -> Iterable[Parcel]:
        """The news to those who are live; everything there is to those who join."""
        topic, org = Topic("organization", org_id), self._organizations[org_id]
        own = {id_: row for id_, row in states.items() if row.org_id == org_id}
        told = {id_: messages.state(row) for id_, row in own.items()}
        news = [
            told[id_] for id_ in org.changed
            if id_ in own and org.watched.is_news(own[id_], told[id_])
        ]  # fmt: skip
        if news:
            yield Parcel(topic=topic, messages=news)
        if joining := tuple(one.who for one in self._joining.get(topic, [])):
            first = [told[id_] for id_ in dict.fromkeys(org.first) if id_ in told]
            yield Parcel(topic=topic, messages=[*first, READY], joining=joining)

    def _fetch(self, query: str, params: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
        return self._conn.execute(query, params).fetchall()
