"""JSON lines to a `Table`: one object per line, strict JSON. Called by `agents.data`."""

import json
from typing import Any, NoReturn

from agents.errors import InvalidInput
from agents.tables.json_tables import from_records
from agents.tables.table import Limits, Table, kind


def from_jsonl(text: Any, *, path: str, limits: Limits) -> Table:
    """Blank lines are skipped. Raises InvalidInput with the number of the line."""
    if not isinstance(text, str):
        raise InvalidInput(f"{path} is {kind(text)}; expected JSON lines, one object per line.")
    records: list[dict[str, Any]] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if line.strip():
            records.append(_record(line, f"{path}, line {number}"))
        if len(records) > limits.rows:
            limits.check(rows=len(records), columns=0, path=path)
    return from_records(records, path=path, limits=limits)


def _record(line: str, place: str) -> dict[str, Any]:
    try:
        found = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{place}: not readable as JSON ({_why(error)}).") from None
    if not isinstance(found, dict):
        raise InvalidInput(f"{place}: {kind(found)}; expected an object, one value per column.")
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is repeated")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.colno}"
    return "nested too deep" if isinstance(error, RecursionError) else str(error)


_DECODER = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_without_repeats)
