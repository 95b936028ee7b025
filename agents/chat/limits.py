"""A cap on what a model server may send, so that no reply fills the host's memory.

The server may be a module's own, and the host is shared. Called by `agents.chat.clients` as a
response hook, before any of the body is read; error replies are capped too.
"""

from collections.abc import AsyncIterator

import httpx2

from agents.errors import PermanentError

MAX_REPLY_BYTES = 8 * 2**20
MAX_STREAM_BYTES = 64 * 2**20
"""Of an event stream, which is read piece by piece and spends 300 bytes on a token."""


async def limit_reply(response: httpx2.Response) -> None:
    """Raises PermanentError: here when the reply is compressed, in reading when too long."""
    encoding = response.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise PermanentError(
            "The model server compressed its reply, though it was asked not to; such replies are "
            "not read."
        )
    if isinstance(response.stream, httpx2.AsyncByteStream):
        streams = response.headers.get("content-type", "").startswith("text/event-stream")
        most = MAX_STREAM_BYTES if streams else MAX_REPLY_BYTES
        response.stream = _Capped(response.stream, most)


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, most: int) -> None:
        self._stream = stream
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for chunk in self._stream:
            total += len(chunk)
            if total > self._most:
                raise PermanentError(
                    f"The model server's reply is longer than {self._most:,} bytes."
                )
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
