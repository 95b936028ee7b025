"""Why a subscription ends: the codes that WebSockets are closed with, and words for people.

docs/live-updates.md says what a client does about each.
"""

from dataclasses import dataclass

FINISHED = 1000
STOPPING = 1012
TRY_LATER = 1013
NOT_UNDERSTOOD = 4400
UNAUTHENTICATED = 4401
WRONG_ORIGIN = 4403
NOT_FOUND = 4404
TOO_SLOW = 4408
TOO_MANY = 4429


@dataclass(frozen=True)
class Why:
    """reason: at most 120 bytes, which is what a close frame has room for."""

    code: int
    reason: str


class Closed(Exception):
    """A subscription ends, or does not begin."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.reason)
        self.why = why


DONE = Why(FINISHED, "The execution has finished.")
SERVER_STOPS = Why(STOPPING, "The server stops. Connect again, and go on after the last seq.")
DATABASE_AWAY = Why(TRY_LATER, "The database cannot be reached. Try again shortly.")
NO_KEY = Why(UNAUTHENTICATED, "Needs a valid API key (header or subprotocol) or a session.")
KEY_IN_ADDRESS = Why(UNAUTHENTICATED, "Never send a key in the address: it ends up in logs.")
NO_MORE = Why(UNAUTHENTICATED, "The key or session is not valid here any more.")
FOREIGN_ORIGIN = Why(WRONG_ORIGIN, "Pages of this origin may not use an operator's session.")
UNKNOWN_EXECUTION = Why(NOT_FOUND, "No such execution in this organization.")
UNKNOWN_ORGANIZATION = Why(NOT_FOUND, "No such organization.")
NOTHING_HERE = Why(NOT_FOUND, "Nothing is here.")
SLOW = Why(TOO_SLOW, "Too slow: too much was waiting for this client. Go on after the last seq.")
CROWDED = Why(TOO_MANY, "Too many subscribers on this server. Try again later.")
UNREADABLE = Why(NOT_UNDERSTOOD, 'Only {"type": "ping"} is understood here.')
