"""`resample`: statistics per span of time. Rows without a time belong to no span and are left out.
Called by `agents.tables.pipeline`; what a span is stands in `spans`.
"""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from agents.tables.column_types import column_type, moments
from agents.tables.grouping import numbered, statistics_of
from agents.tables.ordering import row_keys
from agents.tables.spans import Spans
from agents.tables.steps.base import short
from agents.tables.steps.grouping import ResampleStep
from agents.tables.table import Table, only
from agents.tables.work import Work


def resample(table: Table, step: ResampleStep, work: Work) -> Table:
    """Ascending; within a span, groups of `by` in order of appearance."""
    cells = work.column(table, step.column, "column")
    for i, name in enumerate(step.by):
        work.column(table, name, f"by.{i}")
    if step.column in step.by:
        raise work.refusal("by", f"{short(step.column)} is the column of time; leave it out.")
    table = only(table, [cell is not None for cell in cells])
    spans = Spans(unit=step.unit, every=step.every, zone=_zone(step, work))
    try:
        starts = _starts(table.columns[step.column], spans, step, work)
        return _resampled(table, step, work, spans=spans, starts=starts)
    except OverflowError:
        why = f"column {short(step.column)} holds a moment at the very ends of the calendar."
        raise work.refusal("column", why) from None


def _zone(step: ResampleStep, work: Work) -> ZoneInfo:
    try:
        return ZoneInfo(step.timezone)
    except (ValueError, OSError, KeyError):
        why = f"there is no time zone {short(step.timezone)}; expected one such as Europe/Berlin."
        raise work.refusal("timezone", why) from None


def _starts(cells: list[Any], spans: Spans, step: ResampleStep, work: Work) -> list[dt.datetime]:
    if (found := column_type(cells)) not in ("date", "datetime", "empty"):
        raise work.refusal(
            "column",
            f"column {short(step.column)} holds {found}; expected ISO 8601 dates or moments, all "
            "with a time zone or none. Convert it in a clean step.",
        )
    known: dict[dt.datetime, dt.datetime] = {}  # moments repeat, and zones are slow
    for moment in moments(cells) or ():
        if moment not in known:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=spans.zone)
            known[moment] = spans.start(aware)
    return [known[moment] for moment in moments(cells) or ()]


def _resampled(
    table: Table, step: ResampleStep, work: Work, *, spans: Spans, starts: list[dt.datetime]
) -> Table:
    if step.gaps == "keep":
        groups = _all_spans(spans, starts, step, work)
        numbers = {start: number for number, start in enumerate(groups)}
        codes, firsts = [numbers[start] for start in starts], list[int]()
    else:
        codes, firsts = _in_time(list(zip(starts, row_keys(table, step.by), strict=True)))
        groups = [starts[row] for row in firsts]
    width = 1 + len(step.by) + len(step.aggregate)
    work.check(rows=len(groups), columns=width)
    columns: dict[str, list[Any]] = {step.column: list(map(spans.label, groups))}
    columns |= {name: [table.columns[name][row] for row in firsts] for name in step.by}
    columns |= statistics_of(
        table, step.aggregate, work, taken=columns, codes=codes, groups=len(groups)
    )
    return Table(columns, len(groups))


def _all_spans(
    spans: Spans, starts: list[dt.datetime], step: ResampleStep, work: Work
) -> list[dt.datetime]:
    found: list[dt.datetime] = []
    if starts:
        for start in spans.until(min(starts), max(starts)):
            found.append(start)
            if len(found) > work.limits.rows:
                work.check(rows=len(found), columns=1 + len(step.aggregate))
    return sorted({*found, *starts})


def _in_time(keys: list[tuple[dt.datetime, Any]]) -> tuple[list[int], list[int]]:
    """`numbered`, with the groups in the order of their spans."""
    codes, firsts = numbered(keys)
    order = sorted(range(len(firsts)), key=lambda group: keys[firsts[group]][0])
    place = {group: number for number, group in enumerate(order)}
    return [place[code] for code in codes], [firsts[group] for group in order]
