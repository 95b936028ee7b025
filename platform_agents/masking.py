"""What is secret in a value that people may look at: the one set of rules, for all who show.

The API (`modules.masking`), the audit and the history (`tenancy.masking`) and forms
(`schema_forms.masking`) each walk their values and write their own mark; what is hidden is decided
here. Rather too much than too little. References (`${{ secrets.NAME }}`) say nothing and are shown.
"""

import re
from typing import Any

from agents.secrets import is_reference

_NAMES = "key(?!word|board)|token|secret|passw|pwd|credential|authorization|cookie|signature"
_NAME = re.compile(_NAMES, re.IGNORECASE)
_COUNT = re.compile("tokens$", re.IGNORECASE)
_BEARER = re.compile(r"\b(bearer)\s+[\w.~+/=-]{16,}", re.IGNORECASE)
_WHOLE_HEADER = re.compile(r"^(\s*(?:bearer|basic))\s+\S+", re.IGNORECASE)
_USER = re.compile(r"(\w://)[^/\s@]+@")
_QUERY = re.compile(rf"([?&][^=&\s]*(?:{_NAMES}|sig)[^=&\s]*=)[^&#\s]+", re.IGNORECASE)
_KEY = re.compile(r"\b(abw_[0-9a-f]{8,}|(?:sk|pk|rk|ghp|xox[a-z])[-_][\w-]{8,})")


def names_secret(name: str) -> bool:
    """Whether what is called so is one, whatever it says."""
    return _NAME.search(name) is not None


def is_secret(name: str, value: Any) -> bool:
    """Whether the value is to be hidden under that name: not what says nothing, and not a count
    such as `max_tokens`."""
    if value in (None, "") or isinstance(value, bool) or is_reference(value):
        return False
    if isinstance(value, int | float) and _COUNT.search(name):
        return False
    return names_secret(name)


def is_secret_pair(value: dict[str, Any]) -> bool:
    """`{"name": "X-Api-Key", "value": …}`: a header, as some configs write it."""
    return names_secret(str(value.get("name", "")))


def without_secrets(text: str, *, hidden: str) -> str:
    """A text without the keys, passwords and tokens that stand inside it."""
    text = _USER.sub(rf"\1{hidden}@", text)
    text = _WHOLE_HEADER.sub(rf"\1 {hidden}", text)
    text = _BEARER.sub(rf"\1 {hidden}", text)
    text = _QUERY.sub(rf"\1{hidden}", text)
    return _KEY.sub(hidden, text)


def holds_secret(text: str) -> bool:
    return without_secrets(text, hidden="*") != text and not is_reference(text)
