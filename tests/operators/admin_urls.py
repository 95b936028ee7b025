"""Every address of the operators' site, read from the URL resolver: a new page is found by itself.

An argument that is not known here fails: whoever adds one says what stands for it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
_REGEX_ARGUMENT = re.compile(r"\(\?P<(\w+)>[^)]*\)")

ROWS = {"object_id", "id"}
"""Arguments that are the row of the page."""
STANDS_FOR = {"version": "1"}
"""Of other arguments: what a crawler writes there."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """`page`: app/model of the rows that `{row}` in the path stands for, when it has one."""

    path: str
    page: str = ""

    def of(self, row: str) -> str:
        return self.path.replace("{row}", row)

    @property
    def has_row(self) -> bool:
        return "{row}" in self.path


def addresses() -> list[Address]:
    [site] = [entry for entry in get_resolver().url_patterns if str(entry.pattern) == "admin/"]
    return list(_walk(site.url_patterns, "/admin/"))


def _walk(patterns: list[Any], prefix: str) -> Iterator[Address]:
    for entry in patterns:
        route = prefix + str(entry.pattern).removeprefix("^").removesuffix("\\Z").removesuffix("$")
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield from _filled(route)


def _filled(route: str) -> Iterator[Address]:
    if "(?P<app_label>" in route:
        for app in ("modules", "executions", "tenancy", "auth"):
            yield Address(path=_REGEX_ARGUMENT.sub(app, route))
        return
    if "<path:url>" in route or "(?P<url>" in route:
        yield Address(path="/admin/no-such-page/")
        return
    arguments = _ARGUMENT.findall(route)
    unknown = set(arguments) - {*ROWS, *STANDS_FOR}
    assert not unknown, f"{route}: what stands for {unknown}?"
    page = "/".join(route.removeprefix("/admin/").split("/")[:2]) if arguments else ""
    filled = _ARGUMENT.sub(lambda found: STANDS_FOR.get(found[1], "{row}"), route)
    yield Address(path=filled, page=page)
