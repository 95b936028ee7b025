"""Pages of the admin, compared: without what differs from one look to the next."""

import re

_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=|hx-headers=)"[^"]*"')
_AGES = re.compile(r"<time.*?</time>|\d[\d.]*\N{NO-BREAK SPACE}(s|min|h|d)\b")


def settled(page: str) -> str:
    """Without its CSRF tokens, times and durations."""
    return _AGES.sub("", _TOKEN.sub("", page))
