"""A page of a queryset, newest first, by a time and an id: never OFFSET, never a count."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from platform_agents.listing.cursor import Position
from platform_agents.listing.errors import InvalidQuery

M = TypeVar("M", bound=Model)


def page(
    rows: QuerySet[M], *, by: str, after: Position | None, limit: int
) -> tuple[list[M], str | None]:
    """At most `limit` rows after that position, and the cursor of the next page; None when there is
    none. by: the name of a time column. Raises InvalidQuery for a position in another order."""
    if after is not None:
        rows = rows.filter(_behind(after, by))
    found = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], str(Position(order=by, at=getattr(last, by), id=str(last.pk)))


def _behind(after: Position, by: str) -> Q:
    """The first condition says nothing new; it is the one that an index is entered with."""
    if after.order != by:
        raise InvalidQuery({"cursor": ["It belongs to a list with other filters; start anew."]})
    same = Q(**{by: after.at}) & Q(pk__lt=after.id)
    return Q(**{f"{by}__lte": after.at}) & (Q(**{f"{by}__lt": after.at}) | same)
