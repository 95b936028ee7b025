"""Where a page ended, as the text that callers hand back.

Not signed: it says only where to go on among rows that the caller may see anyway. It is checked to
the letter all the same, so that a damaged one is refused instead of understood as another place.
"""

import base64
import datetime as dt
import json
from dataclasses import dataclass

from platform_agents.listing.moments import moment
from platform_agents.shared_schema.strict_json import parse

_LONGEST = 4000


@dataclass(frozen=True, kw_only=True)
class Position:
    """The last row of a page. order: by which time the list is sorted; at and id: the row's."""

    order: str
    at: dt.datetime
    id: str

    def __str__(self) -> str:
        text = json.dumps([self.order, self.at.isoformat(), self.id], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Raises ValueError."""
        if len(text) > _LONGEST:
            raise ValueError("too long")
        padded = (text + "=" * (-len(text) % 4)).encode("ascii")
        match parse(base64.b64decode(padded, altchars=b"-_", validate=True).decode()):
            case [str(order), str(at), str(row_id)]:
                position = cls(order=order, at=moment(at), id=row_id)
            case _:
                raise ValueError("not a position")
        if str(position) != text:
            raise ValueError("not written here")
        return position
