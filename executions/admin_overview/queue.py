"""The queue by organization, with names and the reason why the first run of each waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from executions import queue_by_org
from executions.admin_overview import links, names, words
from executions.waiting import waiting_of

_MOST = 12


@dataclass(frozen=True, kw_only=True)
class Line:
    """wait: how long the first run is due. because: why it does not run; empty when it has just
    begun to. query: names the organization in an address."""

    name: str
    queued: str
    running: str
    wait: str
    because: str
    queued_link: str
    running_link: str
    oldest_link: str
    query: str


@dataclass(frozen=True, kw_only=True)
class Queue:
    """lines: those that wait longest; queued: of all, also those without a line."""

    lines: tuple[Line, ...]
    queued: str
    oldest: str
    shortened: bool


def read(org_ids: Sequence[str] | None, *, reasons: bool, most: int = _MOST) -> Queue:
    """reasons: also why the first run of each organization waits."""
    found = queue_by_org.by_organization(org_ids, most=most)
    orgs = [one.org_id for one in found]
    named = names.organizations(org_ids, orgs) if found else {}
    why = waiting_of(orgs, execution_ids=[one.oldest for one in found]) if reasons and found else {}
    lines = []
    for one in found:
        waiting = why.get(one.oldest)
        lines.append(Line(
            name=named.get(one.org_id, names.GONE),
            queued=words.count(one.queued, at_most=queue_by_org.COUNTED_AT_MOST),
            running=words.count(one.running),
            wait=words.duration(one.oldest_s) if one.oldest_s else "not due yet",
            because=waiting.message if waiting else "",
            queued_link=links.executions(state="queued", org=one.org_id),
            running_link=links.executions(state="running", org=one.org_id),
            oldest_link=links.execution(one.oldest),
            query=urlencode({"org": one.org_id}),
        ))  # fmt: skip
    return Queue(
        lines=tuple(lines),
        queued=_count(org_ids),
        oldest=_oldest(found),
        shortened=len(found) == most,
    )


def _count(org_ids: Sequence[str] | None) -> str:
    most = queue_by_org.ALL_COUNTED_AT_MOST
    return words.count(queue_by_org.count(org_ids), at_most=most)


def _oldest(found: Sequence[queue_by_org.OrgQueue]) -> str:
    longest = max((one.oldest_s for one in found), default=0)
    return words.duration(longest) if longest else ""
