"""How much of something is allowed: `100/s`, or `6000/min burst 500`. Pure: settings read it.

Without a burst, what a period allows may also come at once.
"""

import math
import re
from dataclasses import dataclass
from typing import Self

_SHAPE = re.compile(
    r"(?P<count>\d{1,9})/(?P<period>s|min|h|day)(?: burst (?P<burst>\d{1,9}))?", re.ASCII
)
_PERIOD_S = {"s": 1, "min": 60, "h": 3600, "day": 86_400}


@dataclass(frozen=True)
class Rate:
    """A bucket of `burst` tokens that gains `per_s` tokens a second. text: as it was set."""

    per_s: float
    burst: float
    text: str

    @classmethod
    def parse(cls, text: str, *, name: str) -> Self | None:
        """None for an empty text: no limit. Raises ValueError, which says what was expected."""
        if not text.strip():
            return None
        found = _SHAPE.fullmatch(text.strip())
        if found is None or int(found["count"]) < 1 or found["burst"] == "0":
            raise ValueError(
                f"{name} is {text!r}; expected a count and a period (s, min, h or day), such as "
                "100/s or 6000/min burst 500, or nothing for no limit."
            )
        count, burst = int(found["count"]), found["burst"]
        return cls(count / _PERIOD_S[found["period"]], float(burst or count), text.strip())


def whole_seconds(wait_s: float) -> int:
    """For Retry-After: never sooner than it can be true, never 0."""
    return max(1, math.ceil(min(wait_s, 1e9)))
