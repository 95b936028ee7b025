"""Reading an answer's body up to a bound: what is beyond it is neither kept nor unpacked.

A gzip body is unpacked piece by piece, so a small one that stands for gigabytes costs no more than
the bound. Called by `client`.
"""

import zlib
from typing import Any

import aiohttp

from agents.errors import PermanentError

ACCEPTED = "gzip"
_PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


async def read(answer: aiohttp.ClientResponse, *, most: int) -> bytes:
    """Raises PermanentError for a body that is too long, or packed in a way nobody offered."""
    body = _body(answer.headers.get("Content-Encoding", ""), most)
    async for chunk in answer.content.iter_chunked(_PIECE):
        body.feed(chunk)
    return body.end()


def _body(encoding: str, most: int) -> "_Plain":
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain(most)
    if name in (ACCEPTED, "x-gzip"):
        return _Gzip(most)
    raise PermanentError(
        "The server packed its answer in a way that was not offered; only gzip is unpacked."
    )


class _Plain:
    def __init__(self, most: int) -> None:
        self._most, self._received, self._unpacked = most, 0, 0
        self._pieces: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        self._received += len(chunk)
        self._check(self._received)
        self._unpack(chunk)

    def end(self) -> bytes:
        return b"".join(self._pieces)

    def _unpack(self, chunk: bytes) -> None:
        self._keep(chunk)

    def _keep(self, piece: bytes) -> None:
        self._unpacked += len(piece)
        self._check(self._unpacked)
        self._pieces.append(piece)

    def _check(self, size: int) -> None:
        if size > self._most:
            raise PermanentError(f"The server's answer is longer than {self._most:,} bytes.")


class _Gzip(_Plain):
    """One or more members, one after the other."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._member: Any = zlib.decompressobj(_GZIP)

    def _unpack(self, chunk: bytes) -> None:
        while chunk:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            try:
                self._keep(self._member.decompress(chunk, _PIECE))
            except zlib.error:
                raise _broken() from None
            chunk = self._member.unconsumed_tail or self._member.unused_data

    def end(self) -> bytes:
        """No body at all (HEAD, 304) is one too."""
        if self._received:
            self._keep(self._member.flush())
            if not self._member.eof:
                raise _broken()
        return super().end()


def _broken() -> PermanentError:
    return PermanentError("The server's answer says that it is gzip, but cannot be unpacked.")
