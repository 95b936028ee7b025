"""Values as the audit and the history of configs show and keep them: in their shape, without what
`platform_agents.masking` takes for secret."""

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from platform_agents.masking import is_secret, is_secret_pair, names_secret, without_secrets
from platform_agents.shared_schema.strict_json import InvalidJson

HIDDEN = "(hidden)"
_URL = re.compile(r"[a-z][a-z0-9+.-]{0,20}://", re.IGNORECASE)


def masked(value: Any, *, name: str = "") -> Any:
    """The same shape; what lies below a secret name is hidden, too. name: what it is called."""
    if isinstance(value, dict):
        pair = is_secret_pair(value)
        return {key: masked(inner, name=_below(name, str(key), pair=pair))
                for key, inner in value.items()}  # fmt: skip
    if isinstance(value, list | tuple):
        return [masked(inner, name=name) for inner in value]
    return HIDDEN if is_secret(name, value) else _harmless(value)


def _harmless(value: Any) -> Any:
    """What no name gives away: who is in an address, and text where nobody can tell names."""
    if isinstance(value, InvalidJson):
        return f"(no valid JSON, {len(value.text):,} characters)"
    if not isinstance(value, str):
        return value
    return masked_url(value) if _URL.match(value) else without_secrets(value, hidden=HIDDEN)


def masked_url(url: str) -> str:
    """Without the user, the password, and what the query says."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))


def _below(outer: str, inner: str, *, pair: bool) -> str:
    """A secret name stays one for all that lies below; other names count by themselves. pair: the
    value's name stands beside it, and is secret."""
    if pair and inner == "value":
        return "secret"
    return f"{outer}.{inner}" if names_secret(outer) else inner
