"""Secrets in values: hidden where people read, put back where they send the mask in return.

A reference such as `${{ secrets.NAME }}` is no secret, and stays readable.
"""

import re
from typing import Any

from platform_agents.schema_forms.fields import ABSENT, Field, Kind

MASK = "••••••••"
_NAMES = re.compile(
    r"(?:^|_)(?:key|keys|token|secret|password|passwd|credentials?)$", re.IGNORECASE
)
_REFERENCE = re.compile(r"^\s*\$\{\{.*\}\}\s*$")


def names_secret(key: str) -> bool:
    return _NAMES.search(key) is not None


def is_reference(value: Any) -> bool:
    return isinstance(value, str) and _REFERENCE.match(value) is not None


def masked(value: Any, field: Field | None = None, *, key: str = "") -> Any:
    """The value with its secrets replaced: fields that are secret, and keys that sound so."""
    if isinstance(value, dict):
        return {k: masked(v, _field(field, k), key=k) for k, v in value.items()}
    if isinstance(value, list):
        item = None if field is None else field.item
        return [masked(v, item, key=key) for v in value]
    if isinstance(value, str) and value and not is_reference(value):
        secret = names_secret(key) or (field is not None and field.kind is Kind.SECRET)
        return MASK if secret else value
    return value


def unmasked(value: Any, earlier: Any) -> Any:
    """The value with each mask replaced by what stood in that place before."""
    if value == MASK:
        return value if earlier is ABSENT else earlier
    if isinstance(value, dict):
        before = earlier if isinstance(earlier, dict) else {}
        return {k: unmasked(v, before.get(k, ABSENT)) for k, v in value.items()}
    if isinstance(value, list):
        rows = earlier if isinstance(earlier, list) else []
        return [unmasked(v, rows[i] if i < len(rows) else ABSENT) for i, v in enumerate(value)]
    return value


def _field(group: Field | None, key: str) -> Field | None:
    return None if group is None else next((f for f in group.fields if f.key == key), None)
