"""No announcements at all, the last resort: everybody looks every WAKEUP_POLL_SECONDS."""

from collections.abc import Sequence
from typing import Any

import psycopg

from executions.wakeups.notes import Executes, Note


class Polling:
    in_sql = False

    def announce(self, via: Executes, channel: str, payloads: Sequence[str]) -> None:
        """Nobody listens."""

    def listen(self, conn: psycopg.Connection[Any], channels: Sequence[str]) -> "_Deaf":
        return _Deaf()


class _Deaf:
    fd = None
    reliable = False

    def heard(self) -> list[Note]:
        return []

    def close(self) -> None:
        """Nothing is open."""
