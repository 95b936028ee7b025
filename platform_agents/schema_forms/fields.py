"""What a form consists of, before it knows a value."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final, Literal

from platform_agents.masking import holds_secret
from platform_agents.schema_forms import json_text


class _Absent(Enum):
    ABSENT = "absent"

    def __bool__(self) -> Literal[False]:
        return False


ABSENT: Final = _Absent.ABSENT
"""No value at all, which is not null: the key is not there, and the agent's default holds."""


class Kind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    SECRET = "secret"  # noqa: S105 (a kind of field)
    INTEGER = "integer"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LIST = "list"
    GROUP = "group"
    JSON = "json"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One key of an object, one item of a list (key "") or the whole (key ""). options: the values
    of a choice. item: what a list holds. fields: what a group holds."""

    kind: Kind
    key: str = ""
    label: str = ""
    help: str = ""
    required: bool = False
    default: Any = ABSENT
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    options: tuple[Any, ...] = ()
    item: "Field | None" = None
    fields: "tuple[Field, ...]" = ()

    def drawn_as(self, value: Any) -> Kind:
        """Its kind, or JSON for a value that no control of that kind could show; a text that holds
        a key or a password is a secret, whatever it is called."""
        if not self.draws(value):
            return Kind.JSON
        texts = {Kind.TEXT, Kind.LONG_TEXT}
        secret = self.kind in texts and isinstance(value, str) and holds_secret(value)
        return Kind.SECRET if secret else self.kind

    def draws(self, value: Any) -> bool:
        """Whether a form of this kind can show the value and give it back. Null and nothing are
        always possible; anything else is shown as JSON text."""
        if value is ABSENT or value is None or self.kind is Kind.JSON:
            return True
        if self.kind is Kind.CHOICE:
            return any(json_text.same(value, option) for option in self.options)
        if isinstance(value, bool) or self.kind is Kind.SWITCH:
            return isinstance(value, bool) and self.kind is Kind.SWITCH
        if self.kind in _NUMBERS and isinstance(value, str):
            return value.isprintable()  # no number, and shown where it was written
        return isinstance(value, _TYPES[self.kind])


_NUMBERS = {Kind.INTEGER, Kind.NUMBER}
_TYPES: dict[Kind, type | tuple[type, ...]] = {
    Kind.TEXT: str,
    Kind.LONG_TEXT: str,
    Kind.SECRET: str,
    Kind.INTEGER: (int, float),
    Kind.NUMBER: (int, float),
    Kind.LIST: list,
    Kind.GROUP: dict,
}
