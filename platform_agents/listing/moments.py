"""Moments in text: RFC 3339, and nothing that is only like it."""

import datetime as dt
import re

_SHAPE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)


def moment(text: str) -> dt.datetime:
    """The moment in UTC. Raises ValueError."""
    if not _SHAPE.fullmatch(text):
        raise ValueError("not RFC 3339")
    try:
        return dt.datetime.fromisoformat(text.upper()).astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError("before the first year, or after the last") from error
