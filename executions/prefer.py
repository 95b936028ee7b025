"""How long a caller wants to wait: the `Prefer` header (RFC 7240) of POST /execute."""

import re

_WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,6})\"?", re.IGNORECASE | re.ASCII)


def wait_seconds(header: str, *, most: float) -> float:
    """N (at most `most`) for `wait=N`, else 0 for `respond-async`, else `most`. Given both, the RFC
    means: answer asynchronously when it takes longer than N. Preferences we do not know, or cannot
    read, are ignored as the RFC asks."""
    preferences = [part.strip() for part in header.replace(";", ",").split(",")]
    for preference in preferences:
        if match := _WAIT.fullmatch(preference):
            return min(float(match[1]), most)
    if any(preference.lower() == "respond-async" for preference in preferences):
        return 0
    return most
