"""Values as they may be shown and kept: without what a name says is secret.

Used by the audit and by the history of configs. A reference to a secret is none; neither are truth
values, and counts such as `max_tokens`.
"""

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from agents.secrets import is_reference
from platform_agents.shared_schema.strict_json import InvalidJson

HIDDEN = "(hidden)"
_SECRET = re.compile("key|token|secret|password", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]{0,20}://", re.IGNORECASE)
_COUNT = re.compile("tokens$", re.IGNORECASE)


def is_secret(name: str, value: Any) -> bool:
    """Whether `value`, which is no container, is to be hidden under that name."""
    if value in (None, "") or isinstance(value, bool) or is_reference(value):
        return False
    if isinstance(value, int | float) and _COUNT.search(name):
        return False
    return _SECRET.search(name) is not None


def masked(value: Any, *, name: str = "") -> Any:
    """The same shape; what lies below a secret name is hidden, too. name: what it is called."""
    if isinstance(value, dict):
        return {key: masked(inner, name=_below(name, str(key))) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner, name=name) for inner in value]
    return HIDDEN if is_secret(name, value) else _harmless(value)


def _harmless(value: Any) -> Any:
    """What no name gives away: the user in an address, and text where nobody can tell names."""
    if isinstance(value, InvalidJson):
        return f"(no valid JSON, {len(value.text):,} characters)"
    return masked_url(value) if isinstance(value, str) and _URL.match(value) else value


def masked_url(url: str) -> str:
    """Without the user, the password, and what the query says."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))


def _below(outer: str, inner: str) -> str:
    """A secret name stays one for all that lies below; other names count by themselves."""
    return f"{outer}.{inner}" if _SECRET.search(outer) else inner
