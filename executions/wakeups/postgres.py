"""LISTEN/NOTIFY, the default: the database carries the wake-ups, nothing else is needed.

An announcement is one statement that commits without waiting for the disk. The listener uses its
owner's connection, which must be a session of its own: a transaction pooler has none.
"""

from collections.abc import Sequence
from typing import Any

import psycopg

from executions.wakeups.notes import Executes, Note

_NOTIFY = """
SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, payload)
FROM unnest(%s::text[]) AS payload"""


class ListenNotify:
    in_sql = True

    def announce(self, via: Executes, channel: str, payloads: Sequence[str]) -> None:
        via.execute(_NOTIFY, [channel, list(payloads)])

    def listen(self, conn: psycopg.Connection[Any], channels: Sequence[str]) -> "_Listening":
        for channel in channels:
            conn.execute(f"LISTEN {channel}")
        return _Listening(conn)


class _Listening:
    reliable = True

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self.fd = conn.fileno()

    def heard(self) -> list[Note]:
        return [Note(note.channel, note.payload) for note in self._conn.notifies(timeout=0)]

    def close(self) -> None:
        """The connection is its owner's, and listening ends with it."""
