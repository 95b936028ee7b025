"""What a model says about its table, in the words that the catalog uses.

Types, defaults and enum labels come in several spellings (`varchar` and `character varying`,
`'free'` and `'free'::text`); both sides are brought to one here. Used by contract.py.
"""

import re
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Value

from platform_agents.shared_schema.fields import EnumField

if TYPE_CHECKING:
    from django.db.models import Field

LONG_NAMES = {
    "varchar": "character varying",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
}
CAST = re.compile(r'::[\w\s."\[\]]+(\(\d+(,\s*\d+)?\))?$')
SAME_AS_NOW = {"current_timestamp", "transaction_timestamp()"}


def column_type(field: "Field[Any, Any]", connection: BaseDatabaseWrapper) -> str:
    """The column's type as `format_type` writes it; of an enum its bare name."""
    declared = field.db_type(connection) or ""
    name, bracket, size = declared.partition("(")
    return LONG_NAMES.get(name, name) + bracket + size


def column_default(field: "Field[Any, Any]", connection: BaseDatabaseWrapper) -> str | None:
    """The default that the model relies on, plainly written; None when it relies on none."""
    if not field.has_db_default():
        return None
    declared = field.db_default
    if text := getattr(declared, "column_default", None):
        return str(text)
    if isinstance(declared, Value) or not hasattr(declared, "resolve_expression"):
        return _literal(declared.value if isinstance(declared, Value) else declared)
    sql, params = connection.schema_editor().db_default_sql(field)
    return plain_default(sql % tuple(params) if params else sql)


def plain_default(text: str) -> str:
    """PostgreSQL's text of a default without casts, outer brackets and synonyms."""
    before = None
    plain = text.strip()
    while plain != before:
        before = plain
        plain = CAST.sub("", _unwrapped(plain)).strip()
    if plain.startswith("'"):
        return plain
    plain = plain.lower()
    return "now()" if plain in SAME_AS_NOW else plain


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower()


def _unwrapped(text: str) -> str:
    """`(x)` as `x`, when the first bracket closes with the last."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for position, character in enumerate(re.sub(r"'(?:[^']|'')*'", _blank, text)):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text[1:-1] if position == len(text) - 1 else text
    return text


def _blank(quoted: re.Match[str]) -> str:
    return "'" * len(quoted.group())


def enum_labels(field: "Field[Any, Any]") -> frozenset[str] | None:
    """The labels that the model knows; None when the field is no enum."""
    return frozenset(field.labels) if isinstance(field, EnumField) else None
