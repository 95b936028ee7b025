"""The Idempotency-Key header of POST /execute."""

import re
from collections.abc import Mapping

from executions.errors import InvalidRequest

HEADER = "Idempotency-Key"
_SHAPE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?", re.ASCII)


def key_of(headers: Mapping[str, str]) -> str | None:
    """The caller's key as the queue stores it; None without one. Raises InvalidRequest.

    The prefix keeps callers' keys apart from those that we make ourselves.
    """
    if HEADER not in headers:
        return None
    if not _SHAPE.fullmatch(headers[HEADER]):
        why = "Expected 1 to 255 visible ASCII characters."
        raise InvalidRequest(f"The header {HEADER} is not as expected.", {HEADER: [why]})
    return f"api:{headers[HEADER]}"
