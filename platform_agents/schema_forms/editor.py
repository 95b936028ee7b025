"""A value in a page of a form: as fields or as JSON text, one of them at a time.

The buttons that change between the two send the form, so that what was written is carried over by
the same reading as a save, without a script; `only_shown` then tells the page not to save.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from platform_agents.schema_forms import json_text
from platform_agents.schema_forms.fields import ABSENT, Field, Kind
from platform_agents.schema_forms.masking import masked
from platform_agents.schema_forms.posted import Posted, read_posted, read_raw
from platform_agents.schema_forms.showing import Errors, shown, stray_errors

FORM, JSON = "form", "json"
SHOW = "__show"
"""The end of the name of the buttons that ask for the other way."""
_AS, _RAW = "__as", "__json"


@dataclass(kw_only=True)
class Editor:
    """field: None when nothing is known of the value's shape; then there is only JSON text. name:
    the root of the paths in errors. value: ABSENT when there is none."""

    field: Field | None
    name: str
    value: Any = ABSENT
    mode: str = FORM
    only_shown: bool = False
    errors: dict[str, list[str]] = attribute(default_factory=dict)
    written: dict[str, str] = attribute(default_factory=dict)

    def __post_init__(self) -> None:
        if self.field is None or self.field.kind is not Kind.GROUP:
            self.mode = JSON

    @classmethod
    def sent(
        cls, field: Field | None, post: Mapping[str, str], *, name: str, earlier: Any
    ) -> "Editor":
        """What came back. Its errors are what could not be read at all."""
        sent_as = post.get(f"{name}.{_AS}", FORM)
        posted = _read(field, post, sent_as, name, earlier)
        asked = post.get(f"{name}.{SHOW}", "")
        stays = bool(posted.errors) or asked not in (FORM, JSON)
        return cls(
            field=field, name=name, value=posted.value, mode=sent_as if stays else asked,
            only_shown=asked in (FORM, JSON), errors=posted.errors, written=posted.written,
        )  # fmt: skip

    def wrong(self, errors: Errors) -> None:
        """Findings of the validation, by path."""
        for path, said in errors.items():
            self.errors.setdefault(path, []).extend(said)

    def html(self, *, secrets: Sequence[str] = (), findings: bool = True) -> SafeString:
        """secrets: names that a secret may be taken from. findings: list those that stand at no
        field; not where the page lists them all."""
        given = {"editor": self, "raw": self._raw(), "secrets": secrets, "findings": self.errors}
        if self.field is not None and self.mode == FORM:
            page = shown(
                self.field, self.value, name=self.name, errors=self.errors, written=self.written
            )
            given |= {"page": page, "findings": stray_errors(page, self.errors)}
            given["others"] = self._not_drawn(self.field)
        if not findings:
            given["findings"] = {}
        return SafeString(render_to_string("schema_forms/editor.html", given))

    def _not_drawn(self, field: Field) -> list[str]:
        """Keys of the value that no field shows; they are kept."""
        drawn = {part.key for part in field.fields}
        value = self.value if isinstance(self.value, dict) else {}
        return [key for key in value if key not in drawn]

    def _raw(self) -> str:
        if self.name in self.written:
            return self.written[self.name]
        return "" if self.value is ABSENT else json_text.text(masked(self.value, self.field))


def _read(
    field: Field | None, post: Mapping[str, str], sent_as: str, name: str, earlier: Any
) -> Posted:
    if field is None or sent_as == JSON:
        raw = post.get(f"{name}.{_RAW}")
        return Posted(value=earlier) if raw is None else read_raw(raw, name=name, earlier=earlier)
    return read_posted(field, post, name=name, earlier=earlier)
