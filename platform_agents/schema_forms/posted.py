"""What a browser sent back, as a value.

Each field is read beside the value that stood there before: what nobody touched stays as it was,
and keys that no field draws are kept. An emptied field has no value, so that its default holds;
whether that may be is the validation's to say.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from platform_agents.schema_forms import json_text
from platform_agents.schema_forms.fields import ABSENT, Field, Kind
from platform_agents.schema_forms.masking import MASK, unmasked
from platform_agents.schema_forms.showing import CLEAR, REMOVE, ROWS, _text

Post = Mapping[str, str]

_MOST_ITEMS = 1000


@dataclass(kw_only=True)
class Posted:
    """value: ABSENT when there is none. errors by name, with the texts that could not be read in
    `written`; then the value is what could be read."""

    value: Any = ABSENT
    errors: dict[str, list[str]] = attribute(default_factory=dict)
    written: dict[str, str] = attribute(default_factory=dict)


def read_posted(field: Field, post: Post, *, name: str, earlier: Any = ABSENT) -> Posted:
    """earlier: what stood there when the page was made."""
    reader = _Reader(post)
    value = reader.read(field, name, earlier)
    return Posted(value=value, errors=reader.errors, written=reader.written)


def read_raw(text: str, *, name: str, earlier: Any = ABSENT) -> Posted:
    """The whole value as JSON text, with masks where secrets stay as they are."""
    if not text.strip():
        return Posted()
    try:
        value = unmasked(json_text.parsed(text), earlier)
    except ValueError as error:
        return Posted(value=earlier, errors={name: [str(error)]}, written={name: text})
    if MASK in json_text.short(value):
        why = f"{MASK} stands where no secret was before; write the secret, or a reference to one."
        return Posted(value=earlier, errors={name: [why]}, written={name: text})
    return Posted(value=value)


class _Reader:
    def __init__(self, post: Post) -> None:
        self._post = post
        self.errors: dict[str, list[str]] = {}
        self.written: dict[str, str] = {}

    def read(self, field: Field, name: str, earlier: Any) -> Any:
        kind = field.drawn_as(earlier)
        if kind is Kind.GROUP:
            return self._group(field, name, earlier)
        if kind is Kind.LIST:
            return self._list(field, name, earlier)
        if name not in self._post:
            return earlier
        if kind is Kind.SECRET:
            return self._secret(name, earlier)
        return self._scalar(kind, name, earlier)

    def _group(self, field: Field, name: str, earlier: Any) -> Any:
        before = earlier if isinstance(earlier, dict) else {}
        found = {part.key: self.read(part, f"{name}.{part.key}", before.get(part.key, ABSENT))
                 for part in field.fields}  # fmt: skip
        ordered = {key: found.get(key, value) for key, value in before.items()}
        whole = {k: v for k, v in {**ordered, **found}.items() if v is not ABSENT}
        return whole if whole or isinstance(earlier, dict) else earlier

    def _list(self, field: Field, name: str, earlier: Any) -> Any:
        if f"{name}.{ROWS}" not in self._post:
            return earlier
        assert field.item is not None
        before = earlier if isinstance(earlier, list) else []
        items = []
        for index in self._indexes(name):
            row = f"{name}.{index}"
            if f"{row}.{REMOVE}" in self._post:
                continue
            was = before[index] if index < len(before) else ABSENT
            item = self.read(field.item, row, was)
            if item is not ABSENT and (item != {} or index < len(before)):
                items.append(item)
        return items if items or isinstance(earlier, list) else earlier

    def _indexes(self, name: str) -> list[int]:
        """Of the items that were sent, in their order on the page."""
        begins = re.compile(re.escape(name) + r"\.(\d{1,6})(?:\.|$)")
        seen = {int(m[1]) for sent in self._post if (m := begins.match(sent))}
        return sorted(seen)[:_MOST_ITEMS]

    def _secret(self, name: str, earlier: Any) -> Any:
        if f"{name}.{CLEAR}" in self._post:
            return ABSENT
        written = self._post[name]
        return written if written else earlier

    def _scalar(self, kind: Kind, name: str, earlier: Any) -> Any:
        written = self._post[name].replace("\r\n", "\n")
        if written == _text(kind, earlier).replace("\r\n", "\n"):
            return earlier
        if not written.strip() and kind is not Kind.LONG_TEXT:
            return ABSENT
        if kind in {Kind.TEXT, Kind.LONG_TEXT}:
            return written or ABSENT
        if kind in {Kind.INTEGER, Kind.NUMBER}:
            return _number(written)
        return self._json(name, written, earlier)

    def _json(self, name: str, written: str, earlier: Any) -> Any:
        try:
            return json_text.parsed(written)
        except ValueError as error:
            self.errors[name], self.written[name] = [str(error)], written
            return earlier


def _number(written: str) -> Any:
    """What is no number stays a text, for the validation to say so."""
    plain = written.strip()
    for read in (int, float):
        try:
            number = read(plain)
        except ValueError:
            continue
        return number if math.isfinite(number) else written
    return written
