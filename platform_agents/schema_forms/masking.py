"""Secrets in values: hidden where people read, put back where they send the mask in return.

What is secret says `platform_agents.masking`. A reference such as `${{ secrets.NAME }}` is none,
and stays readable.
"""

from typing import Any

from agents.secrets import is_reference
from platform_agents.masking import holds_secret, is_secret, is_secret_pair, names_secret
from platform_agents.schema_forms.fields import ABSENT, Field, Kind

MASK = "••••••••"
_HIDDEN_BELOW = "secret"  # what is called so is hidden


def masked(value: Any, field: Field | None = None, *, key: str = "") -> Any:
    """The value with its secrets replaced as wholes: fields that are secret, what a name says is
    one, and texts that hold one."""
    if isinstance(value, dict):
        hidden = {"value"} if is_secret_pair(value) else set(value) if names_secret(key) else set()
        return {
            k: masked(v, _field(field, k), key=_HIDDEN_BELOW if k in hidden else k)
            for k, v in value.items()
        }
    if isinstance(value, list):
        item = None if field is None else field.item
        return [masked(v, item, key=key) for v in value]
    return MASK if is_secret(key, value) or _secret_text(value, field) else value


def _secret_text(value: Any, field: Field | None) -> bool:
    if not isinstance(value, str) or not value or is_reference(value):
        return False
    return holds_secret(value) or (field is not None and field.kind is Kind.SECRET)


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
