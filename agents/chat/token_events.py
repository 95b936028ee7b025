"""The text of an answer as token events while it arrives, at most about twenty a second.

Every event is a row in the database in the end; a model sends a hundred pieces a second. Called by
`agents.chat.servers`.
"""

import asyncio
from collections.abc import Callable

INTERVAL_S = 0.05


class TokenEvents:
    """Pieces that come sooner than INTERVAL_S after the last event are sent together."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._any_sent = False
        self._send = send
        self._waiting: list[str] = []
        self._pause: asyncio.TimerHandle | None = None

    def add(self, text: str) -> None:
        """Send it now, or with what comes in the next moment."""
        self._waiting.append(text)
        if self._pause is None:
            self._flush()

    def close(self) -> bool:
        """Send what is left; nothing is sent later. True when anything was sent at all."""
        if self._pause is not None:
            self._pause.cancel()
        self._flush()
        if self._pause is not None:
            self._pause.cancel()
        return self._any_sent

    def _flush(self) -> None:
        self._pause = None
        text = "".join(self._waiting)
        if not text:
            return
        self._waiting.clear()
        self._any_sent = True
        self._send(text)
        self._pause = asyncio.get_running_loop().call_later(INTERVAL_S, self._flush)
