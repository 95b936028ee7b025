"""What a browser would send back for a page of ours when nobody touches it: the form's controls,
read from the rendered HTML."""

from html.parser import HTMLParser
from typing import Any

from django.template.loader import render_to_string

from platform_agents.schema_forms import Shown

Attributes = list[tuple[str, str | None]]


class _Controls(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self._templates = 0
        self._area: str | None = None
        self._select: str | None = None
        self._first = False

    def handle_starttag(self, tag: str, attributes: Attributes) -> None:
        about: dict[str, Any] = dict(attributes)
        if tag == "template":
            self._templates += 1
        if self._templates:
            return
        name = about.get("name")
        if tag == "input" and about.get("type") != "checkbox":
            self.sent[name] = about.get("value") or ""
        elif tag == "textarea":
            self._area, self._first = name, True
            self.sent[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in about or self._select not in self.sent):
            self.sent[str(self._select)] = about.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._templates -= 1
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is None:
            return
        if self._first:  # browsers drop the newline after <textarea>
            data, self._first = data.removeprefix("\n"), False
        self.sent[self._area] += data


def html(page: Shown) -> str:
    return render_to_string("schema_forms/field.html", {"page": page})


def sent_back(page: Shown) -> dict[str, str]:
    """With the line ends that browsers send."""
    controls = _Controls()
    controls.feed(html(page))
    return {k: v.replace("\n", "\r\n") for k, v in controls.sent.items()}
