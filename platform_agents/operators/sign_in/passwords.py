"""The bcrypt hashes of the gateway's `users` table. Called by `backend` only."""

import re

import bcrypt

_SHAPE = re.compile(r"\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}", re.ASCII)
"""Costs above 14 are refused: whoever may write a row could make a sign-in take minutes."""
_LONGEST = 72
"""Bytes that bcrypt looks at. The gateway's library drops the rest without a word."""
NOBODYS = "$2b$10$qenG0K1Ndabn3FVKHPR4S.AytnRtChlCEHiVPpJk4NlBaICZcN.xm"
"""For accounts that do not exist: they take as long, with the cost that the gateway uses."""


def fits(given: str, stored: str | None) -> bool:
    """One bcrypt computation, whatever is given and stored."""
    real = stored is not None and _SHAPE.fullmatch(stored) is not None
    against = stored if real and stored is not None else NOBODYS
    same = bcrypt.checkpw(given.encode("utf-8", "replace")[:_LONGEST], against.encode("ascii"))
    return same and real
