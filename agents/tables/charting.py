"""`chart`: a picture of columns as a data URI. Called by `agents.tables.pipeline`.

What is drawn from which cells is decided here; how it looks, in `charts`.
"""

import base64
import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

from agents.tables.charts.plots import Chart, Values, draw
from agents.tables.charts.png import png
from agents.tables.charts.svg import svg
from agents.tables.column_types import column_type, moments
from agents.tables.conversion import as_text
from agents.tables.steps.base import short
from agents.tables.steps.reports import ChartStep
from agents.tables.table import Table
from agents.tables.work import Work

MOST_BARS = 60
MOST_BYTES = 2_000_000
_LARGEST = 1e100
_LONGEST_NAME = 40
_NUMBERS = ("integer", "number", "decimal", "empty")
_MISSING = "(missing)"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def chart(table: Table, step: ChartStep, work: Work) -> dict[str, Any]:
    """`{"title", "kind", "rows", "format", "media_type", "width", "height", "data_uri"}`; rows are
    those that were drawn."""
    found = _chart(table, step, work)
    drawing = draw(found, width=step.width, height=step.height, title=step.title)
    written = svg(drawing).encode() if step.format == "svg" else png(drawing)
    if len(written) > MOST_BYTES:
        why = f"the picture would have {len(written):,} bytes; at most {MOST_BYTES:,} are possible."
        raise work.refusal("", f"{why} Make it smaller, or take svg.")
    media_type = _MEDIA_TYPES[step.format]
    uri = f"data:{media_type};base64,{base64.b64encode(written).decode()}"
    work.spend(len(uri))
    return {
        "title": step.title, "kind": step.kind, "rows": len(found.x), "format": step.format,
        "media_type": media_type, "width": step.width, "height": step.height, "data_uri": uri,
    }  # fmt: skip


def _chart(table: Table, step: ChartStep, work: Work) -> Chart:
    cells = work.column(table, step.x, "x")
    series = {name: _numbers(table, name, work, f"y.{i}") for i, name in enumerate(step.y)}
    if step.kind == "histogram":
        numbers = [v for v in _numbers(table, step.x, work, "x") if v is not None]
        return Chart(kind="histogram", x=numbers, x_name=step.x, series={}, bins=step.bins)
    if step.kind == "bar" and not series:
        return _counts(cells, step)
    if step.kind == "bar" or column_type(cells) not in ("date", "datetime", *_NUMBERS):
        return _of_categories(cells, series, step, work)
    return _of_numbers(table, series, step, work)


def _counts(cells: list[Any], step: ChartStep) -> Chart:
    """The most frequent values, and what is left as one bar."""
    counted = Counter(map(_label, cells)).most_common()
    shown, rest = counted[: MOST_BARS - 1], counted[MOST_BARS - 1 :]
    if len(rest) > 1:
        shown.append((f"{len(rest)} others", sum(count for _, count in rest)))
    else:
        shown += rest
    names = tuple(name for name, _ in shown)
    series = {"rows": [float(count) for _, count in shown]}
    return _categories("bar", names, series, step)


def _of_categories(
    cells: list[Any], series: Mapping[str, Values], step: ChartStep, work: Work
) -> Chart:
    if step.kind == "scatter":
        why = f"column {short(step.x)} holds {column_type(cells)}; expected numbers or dates."
        raise work.refusal("x", why)
    if len(cells) > MOST_BARS:
        why = f"a chart has room for {MOST_BARS} places; the table has {len(cells):,} rows."
        raise work.refusal("x", f"{why} Group, resample or take the top before.")
    return _categories(step.kind, tuple(map(_label, cells)), series, step)


def _categories(
    kind: Any, names: tuple[str, ...], series: Mapping[str, Values], step: ChartStep
) -> Chart:
    places = [float(number) for number in range(len(names))]
    return Chart(
        kind=kind, x=places, x_name=step.x, series=series, x_is="category", categories=names
    )


def _of_numbers(table: Table, series: Mapping[str, Values], step: ChartStep, work: Work) -> Chart:
    """Rows without x are left out; a line goes from left to right."""
    cells = table.columns[step.x]
    times = column_type(cells) in ("date", "datetime")
    xs = _seconds(cells) if times else _numbers(table, step.x, work, "x")
    rows = [row for row, x in enumerate(xs) if x is not None]
    if step.kind == "line":
        rows.sort(key=lambda row: xs[row] or 0.0)
    return Chart(
        kind=step.kind,
        x=[x for row in rows if (x := xs[row]) is not None],
        x_name=step.x,
        series={name: [values[row] for row in rows] for name, values in series.items()},
        x_is="time" if times else "number",
    )


def _seconds(cells: list[Any]) -> list[float | None]:
    """Since 1970; texts without a zone are taken as UTC, so that they are shown as they stand."""
    found = iter(moments(cells) or ())
    return [None if cell is None else _second(next(found)) for cell in cells]


def _second(moment: dt.datetime) -> float:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return (aware - _EPOCH).total_seconds()


def _numbers(table: Table, name: str, work: Work, where: str) -> list[float | None]:
    cells = work.column(table, name, where)
    if (found := column_type(cells)) not in _NUMBERS:
        why = f"column {short(name)} holds {found}; expected numbers. Convert it in a clean step."
        raise work.refusal(where, why)
    if any(value is not None and not -_LARGEST <= value <= _LARGEST for value in cells):
        why = f"column {short(name)} holds numbers beyond {_LARGEST}, which cannot be drawn."
        raise work.refusal(where, why)
    return [None if value is None else float(value) for value in cells]


def _label(value: Any) -> str:
    text = _MISSING if value is None else as_text(value)
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"
