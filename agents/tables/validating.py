"""`validate`: which cells break the rules of their column. Called by `agents.tables.pipeline`."""

from collections.abc import Callable, Iterable
from typing import Any

from agents.tables.column_types import column_type, moments
from agents.tables.ordering import rank, same, same_cells
from agents.tables.steps.base import short
from agents.tables.steps.reports import ColumnRule, ValidateStep
from agents.tables.table import Table, only
from agents.tables.work import Work

_SHOWN = 10
_EXAMPLES = 3
_LONGEST_EXAMPLE = 100
_TYPES = {"number": ("integer", "number", "decimal"), "text": ("text", "date", "datetime")}

Finding = tuple[str, Any, list[int]]
"""(rule, what was expected, rows that break it)"""


def validate(table: Table, step: ValidateStep, work: Work) -> tuple[Table, dict[str, Any]]:
    """The table, and `{"valid", "rows", "invalid_rows", "findings": [{"column", "rule",
    "expected", "count", "rows": [numbers from 1], "examples"}]}`."""
    findings: list[dict[str, Any]] = _of_columns(table, step)
    bad: set[int] = set()
    for name, rule in step.columns.items():
        cells = table.columns.get(name, [])
        for what, expected, rows in _broken(cells, rule):
            findings.append(_finding(name, what, expected, cells, rows))
            bad.update(rows)
    report = {
        "valid": not findings, "rows": table.rows, "invalid_rows": len(bad), "findings": findings
    }  # fmt: skip
    if findings and step.on_failure == "fail":
        raise work.refusal("", _said(findings, table.rows))
    if step.on_failure == "drop":
        table = only(table, [row not in bad for row in range(table.rows)])
    return table, report


def _of_columns(table: Table, step: ValidateStep) -> list[dict[str, Any]]:
    absent = [name for name in step.columns if name not in table.columns]
    extra = [name for name in table.columns if name not in step.columns]
    found = [_finding(name, "exists", expected=True, cells=[], rows=[]) for name in absent]
    if step.others == "refuse":
        found += [_finding(name, "expected", expected=False, cells=[], rows=[]) for name in extra]
    return found


def _finding(
    name: str, rule: str, expected: Any, cells: list[Any], rows: list[int]
) -> dict[str, Any]:
    return {
        "column": name,
        "rule": rule,
        "expected": expected if not isinstance(expected, list) else expected[:_SHOWN],
        "count": len(rows),
        "rows": [row + 1 for row in rows[:_SHOWN]],
        "examples": [_short(cells[row]) for row in rows[:_EXAMPLES]],
    }


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_EXAMPLE:
        return f"{value[:_LONGEST_EXAMPLE]}…"
    return value if not isinstance(value, (dict, list)) else "nested"


def _broken(cells: list[Any], rule: ColumnRule) -> Iterable[Finding]:
    if rule.required:
        yield from _unless("required", [i for i, v in enumerate(cells) if v is None])
    if rule.unique:
        yield from _unless("unique", _repeated(cells))
    for name, test in _TESTS.items():
        if (expected := getattr(rule, name)) is not None:
            fits = test(expected)
            rows = [i for i, v in enumerate(cells) if v is not None and not fits(v)]
            yield from _unless(name, rows, expected=expected)


def _unless(rule: str, rows: list[int], *, expected: Any = True) -> Iterable[Finding]:
    if rows:
        yield rule, expected, rows


def _repeated(cells: list[Any]) -> list[int]:
    seen: set[Any] = set()
    rows: list[int] = []
    for row, key in enumerate(same_cells(cells)):
        if key in seen and cells[row] is not None:
            rows.append(row)
        seen.add(key)
    return rows


def _of_type(expected: str) -> Callable[[Any], bool]:
    allowed = _TYPES.get(expected, (expected,))
    return lambda value: column_type([value]) in allowed


def _at_least(limit: Any) -> Callable[[Any], bool]:
    return lambda value: (found := _comparable(value, limit)) is not None and found[0] >= found[1]


def _at_most(limit: Any) -> Callable[[Any], bool]:
    return lambda value: (found := _comparable(value, limit)) is not None and found[0] <= found[1]


def _comparable(value: Any, limit: Any) -> tuple[Any, Any] | None:
    """Dates as moments; None for what cannot be compared with the limit."""
    if isinstance(limit, str) and isinstance(value, str) and moments([limit]):
        found = moments([value, limit])
        return (found[0], found[1]) if found else None
    (kind, cell), (wanted, bound) = rank(value), rank(limit)
    return (cell, bound) if kind == wanted else None


def _among(values: list[Any]) -> Callable[[Any], bool]:
    allowed = set(map(same, values))
    return lambda value: same(value) in allowed


_TESTS: dict[str, Callable[[Any], Callable[[Any], bool]]] = {
    "type": _of_type,
    "minimum": _at_least,
    "maximum": _at_most,
    "min_length": lambda least: lambda value: not isinstance(value, str) or len(value) >= least,
    "max_length": lambda most: lambda value: not isinstance(value, str) or len(value) <= most,
    "one_of": _among,
}


def _said(findings: list[dict[str, Any]], rows: int) -> str:
    first = findings[0]
    where = f" in {first['count']} of {rows} rows (first: row {first['rows'][0]})" if first[
        "rows"
    ] else ""  # fmt: skip
    more = f"; {len(findings) - 1} more findings" if len(findings) > 1 else ""
    expected = str(first["expected"])[:_LONGEST_EXAMPLE]
    return (
        f"column {short(first['column'])} breaks the rule {first['rule']} = {expected}{where}"
        f'{more}. Correct the data, or set on_failure to "report".'
    )
