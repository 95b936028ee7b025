"""A page of piles: what comes behind a row, or before it, newest first. Never OFFSET or a count."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import CombinedExpression, OrderBy

from executions.admin_list.piles import Piles
from platform_agents.listing.cursor import Position

_NOTHING = Value(dt.timedelta())


@dataclass(frozen=True, kw_only=True)
class Page:
    """ids, newest first, with the moment that each is ordered by. newer and older: the positions
    from which the pages beside this one are asked, None where there is none."""

    moments: dict[str, Any]
    newer: Position | None = None
    older: Position | None = None

    @property
    def ids(self) -> list[str]:
        return list(self.moments)


def older(piles: Piles, *, than: Position | None, size: int) -> Page:
    """The newest rows, or those behind a row."""
    found = _take(piles, than, size=size + 1, ascending=False)
    page = found[:size]
    more = len(found) > size
    return Page(
        moments=dict(page),
        newer=_position(piles, page[0]) if than and page else None,
        older=_position(piles, page[-1]) if more else None,
    )


def newer(piles: Piles, *, than: Position, size: int) -> Page:
    """The rows just before a row."""
    found = _take(piles, than, size=size + 1, ascending=True)
    page = found[:size][::-1]
    more = len(found) > size
    return Page(
        moments=dict(page),
        newer=_position(piles, page[0]) if more else None,
        older=_position(piles, page[-1]) if page else None,
    )


def first(piles: Piles, page: Page) -> Position | None:
    """Of the page's newest row: what is newer than it came after the page was made."""
    return _position(piles, next(iter(page.moments.items()))) if page.moments else None


def _position(piles: Piles, row: tuple[str, Any]) -> Position:
    return Position(order=piles.by, at=row[1], id=row[0])


def _take(
    piles: Piles, than: Position | None, *, size: int, ascending: bool
) -> list[tuple[str, Any]]:
    """One statement: each pile gives as many as are wanted of all."""
    if not piles.rows:
        return []
    order = _order(F(piles.by), piles, ascending)
    # Of what is few, by a sum: no index fits it, so that none of everything is walked for it.
    own = _order(F(piles.by) + _NOTHING, piles, ascending) if piles.few else order
    rows = [_side(pile, piles, than, ascending).order_by(*own) for pile in piles.rows]
    parts = [pile.values_list(piles.key, piles.by)[:size] for pile in rows]
    if len(parts) == 1:
        return list(parts[0])
    together = parts[0].union(*parts[1:], all=True).order_by(*order)
    return list(together[:size])


def _order(by: F | CombinedExpression, piles: Piles, ascending: bool) -> list[OrderBy]:
    """No column of these is ever null; the place of nulls only says which index fits."""
    columns = (by, F(piles.key))
    if ascending:
        return [column.asc(nulls_first=piles.of_all or None) for column in columns]
    return [column.desc(nulls_last=piles.of_all or None) for column in columns]


def _side(
    pile: QuerySet[Any], piles: Piles, than: Position | None, ascending: bool
) -> QuerySet[Any]:
    """The first condition says nothing new; it is the one that an index is entered with."""
    if than is None:
        return pile
    sign = "gt" if ascending else "lt"
    same = Q(**{piles.by: than.at, f"{piles.key}__{sign}": than.id})
    beyond = Q(**{f"{piles.by}__{sign}": than.at}) | same
    return pile.filter(Q(**{f"{piles.by}__{sign}e": than.at}) & beyond)
