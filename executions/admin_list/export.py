"""Executions as a file: CSV that no spreadsheet runs as formulas, or JSON. Written as it is read.

Each thousand rows are a page of their own, so that no query and no transaction lasts as long as a
slow download. Input and output are not in it.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from executions.admin_list import keyset
from executions.admin_list.asking import Asking
from executions.admin_list.entries import Entry
from executions.admin_list.patience import limited
from executions.times import json_time

MOST = 100_000
_AT_ONCE = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
STOPPED = (
    f"Stopped after {MOST:,} executions, the most that one file holds. Narrow the time range to "
    "get the rest."
)
COLUMNS = (
    "execution", "organization", "module", "agent", "status", "origin", "requested_by", "queued_at",
    "started_at", "finished_at", "took_s", "attempts", "task", "error",
)  # fmt: skip
Row = dict[str, Any]


def batches(asked: Asking, *, most: int = MOST) -> Iterator[list[Entry]]:
    """At most that many rows. Raises MoreThanFit behind the last, when there are others."""
    place = None
    for left in range(most, 0, -_AT_ONCE):
        with limited():
            page = keyset.older(asked.piles, than=place, size=min(_AT_ONCE, left))
        yield asked.entries(page)
        place = page.older
        if place is None:
            return
    raise MoreThanFit


class MoreThanFit(Exception):
    """There are more rows than one file holds."""


def _row(entry: Entry) -> Row:
    row, run = entry.execution, entry.run
    values = (
        entry.id, entry.org, entry.module, entry.agent, entry.status.word, entry.origin, entry.who,
        json_time(run.queued_at) if run else None,
        json_time(run.claimed_at if run else row.started_at),
        json_time(row.completed_at),
        None if entry.took_s is None else round(entry.took_s, 3),
        run.attempt if run else None, entry.task_id, entry.error or None,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def as_csv(found: Iterable[list[Entry]]) -> Iterator[str]:
    """Begins with a byte order mark, or Excel takes it for another encoding."""
    yield "\ufeff" + _lines([COLUMNS])
    try:
        for batch in found:
            yield _lines([_safe(value) for value in _row(entry).values()] for entry in batch)
    except MoreThanFit:
        yield _lines([[STOPPED]])


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would run begins with an apostrophe instead."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_json(found: Iterable[list[Entry]]) -> Iterator[str]:
    """`complete` is the last key: whether these are all."""
    complete, comma = True, ""
    yield '{"executions": ['
    try:
        for batch in found:
            for entry in batch:
                yield f"{comma}\n{json.dumps(_row(entry), ensure_ascii=False)}"
                comma = ","
    except MoreThanFit:
        complete = False
    yield f'\n], "complete": {json.dumps(complete)}}}\n'


FORMATS: dict[str, tuple[str, Callable[[Iterable[list[Entry]]], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
}
