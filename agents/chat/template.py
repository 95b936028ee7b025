"""`{{ name }}` in a text, replaced by values: plain, in one pass, and nothing else.

No expressions, no attributes, no formats: a template is text of a tenant, and a value that looks
like a place stays as it is. Used for a module's own template and for the prompts of operations.
"""

import re
from collections.abc import Mapping

_PLACE = re.compile(r"\{\{[ \t]{0,20}([A-Za-z_][A-Za-z0-9_.-]{0,63})[ \t]{0,20}\}\}")


class UnknownPlace(Exception):
    """The template has a place that no value is for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def filled(template: str, values: Mapping[str, str]) -> str:
    """Raises UnknownPlace for the first place without a value."""

    def value(place: re.Match[str]) -> str:
        if place[1] not in values:
            raise UnknownPlace(place[1])
        return values[place[1]]

    return _PLACE.sub(value, template)


def places(template: str) -> list[str]:
    """The names in it, in order, each once."""
    return list(dict.fromkeys(_PLACE.findall(template)))


def first_fault(template: str) -> int | None:
    """Where a `{{` stands that begins no place; None in a template that is right."""
    position = _PLACE.sub(lambda place: "." * len(place[0]), template).find("{{")
    return None if position < 0 else position
