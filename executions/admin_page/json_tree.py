"""A JSON value as nested lists that open and close, without a script. Called by `values`.

Bounded in every direction: nodes, depth, the length of a text. What is left out is said.
"""

import json
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from executions.admin_page.words import size

_MOST_NODES = 1_500
_DEEPEST = 30
_LONGEST = 4_000
_OPEN_LEVELS = 2
_OPEN_ITEMS = 30
TOO_DEEP = "(nested too deeply to be shown here)"


class _Budget:
    def __init__(self) -> None:
        self.left = _MOST_NODES

    def take(self, wanted: int) -> int:
        taken = min(wanted, self.left)
        self.left -= taken
        return taken


def tree(value: Any) -> SafeString:
    return _node(value, 0, _Budget())


def _node(value: Any, depth: int, budget: _Budget) -> SafeString:
    if isinstance(value, dict):
        return _inner(list(value.items()), "{}", "fields", depth, budget)
    if isinstance(value, list):
        return _inner(list(enumerate(value)), "[]", "items", depth, budget)
    return _leaf(value)


def _inner(
    items: list[tuple[Any, Any]], brackets: str, noun: str, depth: int, budget: _Budget
) -> SafeString:
    if not items:
        return format_html('<span class="pa-x-none" title="{}">{}</span>', brackets, "empty")
    if depth >= _DEEPEST:
        return format_html('<span class="pa-x-none">{}</span>', "deeper than is shown here")
    shown = items[: budget.take(len(items))]
    rows = format_html_join(
        "", '<li><span class="pa-x-name">{}</span> {}</li>',
        ((key, _node(inner, depth + 1, budget)) for key, inner in shown),
    )  # fmt: skip
    if more := len(items) - len(shown):
        rows += format_html('<li class="pa-x-none">{}</li>', f"and {more:,} more, not shown here")
    opened = depth < _OPEN_LEVELS and (depth == 0 or len(items) <= _OPEN_ITEMS)
    count = f"{len(items):,} {noun if len(items) != 1 else noun[:-1]}"
    return format_html(
        "<details{}><summary>{}</summary><ul>{}</ul></details>",
        SafeString(" open") if opened else "", count, rows,
    )  # fmt: skip


def _leaf(value: Any) -> SafeString:
    if value is None or isinstance(value, bool):
        word = {None: "nothing", True: "yes", False: "no"}[value]
        json = {None: "null", True: "true", False: "false"}[value]
        return format_html('<span class="pa-x-word" title="{}">{}</span>', json, word)
    if isinstance(value, int | float):
        return format_html('<span class="pa-x-number">{}</span>', value_text(value))
    return format_html('<span class="pa-x-text">{}</span>', shortened(str(value), _LONGEST))


def value_text(value: Any) -> str:
    """A number as JSON writes it, not as a language groups its digits."""
    return repr(value)


def compact(value: Any) -> str:
    """As JSON in one line. What could be read may still be too deep to be written."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return TOO_DEEP


def shortened(text: str, longest: int) -> str:
    if text.startswith("data:image/"):
        return f"(picture, {size(len(text))})"
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… (and {len(text) - longest:,} more characters)"
