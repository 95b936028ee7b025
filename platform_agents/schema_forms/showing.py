"""Fields and a value, joined for the templates (`templates/schema_forms/`).

Names of form controls are the paths by which validation names its findings (`config.items.0.name`),
so that each finding stands at its field. Secrets are never part of what is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agents.secrets import is_reference
from platform_agents.schema_forms import json_text
from platform_agents.schema_forms.fields import ABSENT, Field, Kind

REMOVE, ROWS, CLEAR = "__remove", "__rows", "__clear"
"""Ends of names: drop this item; a list was on the page; forget this secret."""

_MOST_UNFOLDED, _FEWEST_UNFOLDED = 8, 4

Errors = Mapping[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One field with its value. text: what an input holds. is_set: a secret has a value, which is
    not shown. parts: of a group its fields, of a list its items. blank: a list's item to copy, for
    the script that adds one. removable: it is an item of a list."""

    field: Field
    kind: Kind
    name: str
    text: str = ""
    is_set: bool = False
    placeholder: str = ""
    options: tuple[Option, ...] = ()
    errors: tuple[str, ...] = ()
    parts: "tuple[Shown, ...]" = ()
    blank: "Shown | None" = None
    removable: bool = False
    number: int = 0

    @property
    def says(self) -> bool:
        """Whether there is something in it, or wrong with it."""
        chosen = any(option.value and option.chosen for option in self.options)
        rows = len(self.parts) > 1 if self.kind is Kind.LIST else any(p.says for p in self.parts)
        return bool(self.text or self.is_set or self.errors or chosen or rows)

    @property
    def used(self) -> bool:
        """Whether somebody has to see it."""
        return self.says or self.field.required

    @property
    def first(self) -> "tuple[Shown, ...]":
        """Of a long form the fields that are used, and some to begin with; the rest is folded."""
        if len(self.parts) <= _MOST_UNFOLDED:
            return self.parts
        used = sum(part.used for part in self.parts)
        more = max(0, _FEWEST_UNFOLDED - used)
        unused = [part for part in self.parts if not part.used][:more]
        return tuple(part for part in self.parts if part.used or part in unused)

    @property
    def folded(self) -> "tuple[Shown, ...]":
        first = self.first
        return tuple(part for part in self.parts if part not in first)


def shown(
    field: Field,
    value: Any,
    *,
    name: str,
    errors: Errors | None = None,
    written: Mapping[str, str] | None = None,
) -> Shown:
    """written: texts by name that could not be read, shown as they were written."""
    return _Page(errors or {}, written or {}).shown(field, value, name)


def stray_errors(page: Shown, errors: Errors) -> dict[str, list[str]]:
    """Those that stand at no field of the page."""
    return {path: said for path, said in errors.items() if not _place(page, path)}


class _Page:
    def __init__(self, errors: Errors, written: Mapping[str, str]) -> None:
        self._errors = errors
        self._written = written

    def shown(self, field: Field, value: Any, name: str) -> Shown:
        kind = field.drawn_as(value)
        page = Shown(field=field, kind=kind, name=name, errors=self._errors_at(name, kind))
        if kind is Kind.GROUP:
            return replace(page, parts=self._parts(field, value, name))
        if kind is Kind.LIST:
            return self._list(page, value)
        if kind in {Kind.CHOICE, Kind.SWITCH}:
            return replace(page, options=tuple(_options(field, kind, value)))
        if kind is Kind.SECRET:
            return _secret(page, value)
        text = self._written.get(name, _text(kind, value))
        return replace(page, text=text, placeholder=_placeholder(field))

    def _parts(self, group: Field, value: Any, name: str) -> tuple[Shown, ...]:
        values = value if isinstance(value, dict) else {}
        return tuple(
            self.shown(field, values.get(field.key, ABSENT), f"{name}.{field.key}")
            for field in group.fields
        )

    def _list(self, page: Shown, value: Any) -> Shown:
        """With one empty item more, for people without the script that adds them."""
        item = page.field.item
        assert item is not None
        rows = value if isinstance(value, list) else []
        parts = [
            replace(self.shown(item, row, f"{page.name}.{i}"), removable=True, number=i + 1)
            for i, row in enumerate([*rows, ABSENT])
        ]
        blank = replace(_Page({}, {}).shown(item, ABSENT, f"{page.name}.__n"), removable=True)
        return replace(page, parts=tuple(parts), blank=blank)

    def _errors_at(self, name: str, kind: Kind) -> tuple[str, ...]:
        """Its own, and those of places inside it that are no fields of their own."""
        inside = kind not in {Kind.GROUP, Kind.LIST}
        return tuple(
            said if path == name else f"{path.removeprefix(name + '.')}: {said}"
            for path, all_said in self._errors.items()
            if path == name or (inside and path.startswith(f"{name}."))
            for said in all_said
        )


def _place(page: Shown, path: str) -> bool:
    if path == page.name:
        return True
    if page.kind in {Kind.GROUP, Kind.LIST}:
        return any(_place(part, path) for part in page.parts)
    return path.startswith(f"{page.name}.")


def _secret(page: Shown, value: Any) -> Shown:
    if is_reference(value):
        return replace(page, text=value)
    return replace(page, is_set=isinstance(value, str) and value != "")


def _options(field: Field, kind: Kind, value: Any) -> list[Option]:
    values = [True, False] if kind is Kind.SWITCH else list(field.options)
    named = {True: "Yes", False: "No"} if kind is Kind.SWITCH else {}
    nothing = value is ABSENT or value is None
    unset = Option(value="", label=_unset(field, named), chosen=nothing)
    return [
        unset,
        *(
            Option(
                value=json_text.short(one),
                label=named.get(one, _name(one)),
                chosen=not nothing and json_text.same(one, value),
            )
            for one in values
        ),
    ]


def _unset(field: Field, named: Mapping[Any, str]) -> str:
    if field.default in (ABSENT, None):
        return "Choose…" if field.required else "Not set"
    default = field.default
    plain = isinstance(default, (str, int, float))
    return f"{named.get(default, _name(default)) if plain else json_text.short(default)} (default)"


def _name(option: Any) -> str:
    """Options that nobody could see (a tab) in quotes."""
    return option if isinstance(option, str) and option.strip() else json_text.short(option)


def _text(kind: Kind, value: Any) -> str:
    if value is ABSENT or (value is None and kind is not Kind.JSON):
        return ""
    if kind is Kind.JSON:
        return json_text.text(value)
    return value if isinstance(value, str) else json_text.short(value)


def _placeholder(field: Field) -> str:
    default = field.default
    if default in (ABSENT, None, "") or isinstance(default, (dict, list)):
        return ""
    return f"{default} (default)"
