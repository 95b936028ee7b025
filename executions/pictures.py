"""Pictures in an execution's output, shown in the admin: the charts among the reports of the data
agent, or of any agent that reports alike. Called by `executions.admin`.

What an agent says is not trusted: only base64 of two image types is let through, and an `<img>`
runs no script of an SVG.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html_join

_MOST = 20
_MOST_CHARACTERS = 10_000_000
_URI = re.compile(r"data:image/(?:svg\+xml|png);base64,[A-Za-z0-9+/]+={0,2}")
_EACH = (
    '<figure style="margin: 0 0 1em"><img src="{}" alt="{}" style="max-width: 100%">'
    "<figcaption>{}</figcaption></figure>"
)


@dataclass(frozen=True, kw_only=True)
class Picture:
    name: str
    title: str
    uri: str


def pictures(output: Any) -> Iterator[Picture]:
    """`output["reports"][name]["data_uri"]` of each report that has one, with its title."""
    reports = output.get("reports") if isinstance(output, dict) else None
    left = _MOST_CHARACTERS
    for name, report in list(reports.items())[:1000] if isinstance(reports, dict) else ():
        uri = report.get("data_uri") if isinstance(report, dict) else None
        if isinstance(uri, str) and len(uri) <= left and _URI.fullmatch(uri):
            left -= len(uri)
            yield Picture(name=name, title=str(report.get("title") or name), uri=uri)


def shown(output: Any) -> str:
    found = list(pictures(output))[:_MOST]
    return format_html_join("", _EACH, ((p.uri, p.title, p.name) for p in found)) or "-"
