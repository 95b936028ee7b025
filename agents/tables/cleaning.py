"""Clean: strip, convert, fill, drop rows with missing cells, drop duplicates, in this order.

Each step takes and gives a `Table` and counts what it changed; nothing is changed in place.
Called by `agents.data`.
"""

from collections.abc import Callable
from typing import Any

from agents.errors import InvalidInput
from agents.tables.clean_options import CleanOptions
from agents.tables.column_types import column_type, identity
from agents.tables.conversion import converter
from agents.tables.ordering import same_cells
from agents.tables.statistics import centre
from agents.tables.table import Table, only

_FAILED = object()


def clean(
    table: Table, options: CleanOptions, *, path: str = "clean"
) -> tuple[Table, dict[str, Any]]:
    """The cleaned table and `{"rows_before", "rows_after", "stripped", "converted",
    "unconvertible", "filled", "dropped_missing", "dropped_duplicates"}`; the middle four are
    counts of changed cells per column. `path` is where the options stand, for messages."""
    _check_columns(table, options, path)
    report: dict[str, Any] = {"rows_before": table.rows}
    columns = dict(table.columns)
    report["stripped"] = _strip(columns) if options.strip else {}
    report["converted"], report["unconvertible"] = _convert(columns, options, path)
    report["filled"] = _fill(columns, options, path)
    filled = Table(columns, table.rows)
    present = _without_missing(filled, options)
    unique = _without_duplicates(present, options)
    report["dropped_missing"] = filled.rows - present.rows
    report["dropped_duplicates"] = present.rows - unique.rows
    report["rows_after"] = unique.rows
    return unique, report


def _check_columns(table: Table, options: CleanOptions, path: str) -> None:
    for option in ("convert", "fill", "fill_with", "drop_missing_in", "duplicates_by"):
        for name in getattr(options, option) or ():
            if name not in table.columns:
                known = ", ".join(map(repr, list(table.columns)[:20])) or "none"
                raise InvalidInput(
                    f"{path}.{option} names the column {name!r}, which the data does not have. "
                    f"Its columns: {known}."
                )


def _strip(columns: dict[str, list[Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, values in columns.items():
        columns[name] = [(v.strip() or None) if isinstance(v, str) else v for v in values]
        _count(counts, name, values, columns[name])
    return counts


def _convert(
    columns: dict[str, list[Any]], options: CleanOptions, path: str
) -> tuple[dict[str, int], dict[str, int]]:
    changed: dict[str, int] = {}
    failed: dict[str, int] = {}
    for name, target in options.convert.items():
        before = columns[name]
        convert = converter(target, options.date_format)
        columns[name] = [None if v is None else _converted(v, convert) for v in before]
        bad = [i for i, value in enumerate(columns[name]) if value is _FAILED]
        if bad and options.on_error == "fail":
            raise InvalidInput(
                f"Row {bad[0] + 1} of column {name!r} holds {identity(before[bad[0]])[:80]}, which "
                f"is no {target}; {len(bad)} such rows. Correct them, or set {path}.on_error to "
                '"null".'
            )
        _count(changed, name, before, columns[name])
        if bad:
            columns[name] = [None if value is _FAILED else value for value in columns[name]]
            changed[name] -= len(bad)
            failed[name] = len(bad)
    return {name: count for name, count in changed.items() if count}, failed


def _converted(value: Any, convert: Callable[[Any], Any]) -> Any:
    try:
        return convert(value)
    except (ValueError, OverflowError):
        return _FAILED


def _fill(columns: dict[str, list[Any]], options: CleanOptions, path: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    fills: dict[str, Any] = {**options.fill}
    for name, how in options.fill_with.items():
        kind = column_type(columns[name])
        if how != "mode" and kind not in ("integer", "number", "decimal", "empty"):
            raise InvalidInput(
                f"{path}.fill_with asks for the {how} of column {name!r}, which holds {kind}; "
                'expected numbers. Use "mode", or convert the column.'
            )
        fills[name] = None if kind == "empty" else centre(columns[name], how)
    for name, value in fills.items():
        before = columns[name]
        columns[name] = [value if v is None else v for v in before]
        _count(counts, name, before, columns[name])
    return counts


def _without_missing(table: Table, options: CleanOptions) -> Table:
    names = options.drop_missing_in if options.drop_missing_in is not None else list(table.columns)
    if options.drop_missing == "no" or not names:
        return table
    needed = any if options.drop_missing == "all" else all
    rows = zip(*(table.columns[name] for name in names), strict=True)
    return only(table, [needed(value is not None for value in row) for row in rows])


def _without_duplicates(table: Table, options: CleanOptions) -> Table:
    names = options.duplicates_by if options.duplicates_by is not None else list(table.columns)
    if not options.drop_duplicates or not names:
        return table
    seen: set[tuple[Any, ...]] = set()
    keep: list[bool] = []
    for row in zip(*(same_cells(table.columns[name]) for name in names), strict=True):
        keep.append(row not in seen)
        seen.add(row)
    return only(table, keep)


def _count(counts: dict[str, int], name: str, before: list[Any], after: list[Any]) -> None:
    changed = sum(type(a) is not type(b) or a != b for a, b in zip(before, after, strict=True))
    if changed:
        counts[name] = changed
