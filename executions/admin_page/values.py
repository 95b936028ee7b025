"""An execution's input and output as the page shows them. Called by `reading`, `comparing`.

A value may have ten megabytes: its size is asked first, and what is larger than a page can show is
never read whole, only its beginning. The rest is a download away.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F, Func, IntegerField, TextField
from django.db.models.functions import Cast, Left
from django.utils.safestring import SafeString

from executions import pictures
from executions.admin_page import words
from executions.admin_page.json_tree import tree
from executions.admin_page.tables import Table, tables
from executions.models import ModuleExecution
from platform_agents.shared_schema.fields import InvalidJson
from platform_agents.shared_schema.json_text import parsed

NAMES = ("input", "output")
LARGEST = 2_000_000
_BEGINNING = 20_000


@dataclass(frozen=True, kw_only=True)
class Value:
    """content: the value; None when nothing is stored, or too much (then `beginning` has the first
    characters). Text that is no JSON is an InvalidJson."""

    name: str
    bytes: int | None
    content: Any = None
    beginning: str = ""

    @property
    def stored(self) -> bool:
        return self.bytes is not None

    @property
    def large(self) -> bool:
        return (self.bytes or 0) > LARGEST

    @property
    def size(self) -> str:
        return words.size(self.bytes or 0)

    @property
    def text(self) -> str:
        """What is shown as it stands: the beginning, or text that is no JSON."""
        if isinstance(self.content, InvalidJson):
            return self.content.text[:_BEGINNING]
        return self.beginning

    @cached_property
    def tree(self) -> SafeString:
        return tree(self.content)

    @cached_property
    def tables(self) -> list[Table]:
        return tables(self.content)

    @cached_property
    def pictures(self) -> SafeString | str:
        return "" if (html := pictures.shown(self.content)) == "-" else html


def read(org_id: str, execution_id: str, *names: str) -> list[Value]:
    """Those of `NAMES`, in this order: two queries at most for each."""
    sizes = {f"{name}_bytes": Func(F(name), function="octet_length", output_field=IntegerField())
             for name in names}  # fmt: skip
    rows = ModuleExecution.objects.for_org(org_id).filter(id=execution_id)
    found = rows.annotate(**sizes).values(*sizes).first() or {}
    return [_value(rows, name, found.get(f"{name}_bytes")) for name in names]


def _value(rows: Any, name: str, size: int | None) -> Value:
    if size is None:
        return Value(name=name, bytes=None)
    text = Cast(F(name), TextField())
    if size > LARGEST:
        begins = rows.values_list(Left(text, _BEGINNING), flat=True).first()
        return Value(name=name, bytes=size, beginning=begins or "")
    stored = rows.values_list(text, flat=True).first()
    return Value(name=name, bytes=size, content=parsed(stored))


def stored_text(org_id: str, execution_id: str, name: str) -> str | None:
    """As it is in the row, of any size; for downloads."""
    rows = ModuleExecution.objects.for_org(org_id).filter(id=execution_id)
    stored: str | None = rows.values_list(Cast(F(name), TextField()), flat=True).first()
    return stored
