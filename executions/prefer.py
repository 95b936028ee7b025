"""How long a caller wants to wait: the `Prefer` header (RFC 7240) of POST /execute."""

import re

_WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,6})\"?", re.IGNORECASE)


def wait_seconds(header: str, *, most: float) -> float:
    """0 for `respond-async`, N (at most `most`) for `wait=N`, else `most`. Preferences we do not
    know, or cannot read, are ignored as the RFC asks."""
    preferences = [part.strip() for part in header.replace(";", ",").split(",")]
    for preference in preferences:
        if preference.lower() == "respond-async":
            return 0
        if match := _WAIT.fullmatch(preference):
            return min(float(match[1]), most)
    return most
