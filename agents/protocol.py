"""Frames between a worker and its host: `Channel` over one end of a socket pair.

A frame is 8 bytes (two big-endian lengths), a small JSON header and a raw body. The body is the
execution's input or output as the JSON text that stands in the database: the worker passes it on
without parsing it, and it is received straight into its own buffer, whatever its size.

    to the host     load    agents: {name: "module:Class"}
                    step    id, step, index, status, error: an earlier attempt's; before its run
                            body: the step's output
                    run     id, agent, org_id, module_id, attempt, timeout_s, config, secrets,
                            outbound (what may be reached; nothing private without it),
                            approvals: {step: {state, left_s, by, comment, at}};
                            org_secrets when the config refers to any; gateway (url, key) when the
                            agent's class declares it; remote (endpoint,
                            callback_url, task_id) when its module has an endpoint
                            body: the input
                    cancel  id
                    answer  call, status, error, code, execution_id; body: the child's output
                    callback id; body: what a remote server answered later
    to the worker   ready
                    event   id, event, data
                    call    id, call (a number of the host's own), module, timeout_s
                            body: the child's input
                    abandon id, call: nobody waits for it any more
                    wait    id: a remote server answers later
                    checkpoint  id, step, index, status, error, took_s; body: the step's output
                    approval    id, step, title, message, expires_s
                    result  id, status, error, code, retryable, retry_after_s, detail, usage,
                            suspended: {reason, step, resume_in_s} or null
                            body: the output

Both ends are non-blocking; the owner waits for readiness in its own way (selectors, asyncio).
"""

import json
import socket
import struct
from collections import deque
from dataclasses import dataclass
from typing import Any

_LENGTHS = struct.Struct("!II")
_CHUNK = 1 << 20
MAX_HEADER = 8 * 1024 * 1024
MAX_BODY = 256 * 1024 * 1024


class ProtocolError(Exception):
    """The other side sent something that is not a frame."""


@dataclass(frozen=True)
class Frame:
    kind: str
    header: dict[str, Any]
    body: bytes | bytearray = b""


class Channel:
    """One end of the pair. Not thread-safe: one loop owns it."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)  # noqa: FBT003 (its only form)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, _CHUNK)
        self.sock = sock
        self.closed = False
        self._outgoing: deque[memoryview] = deque()
        self._lengths: tuple[int, int] | None = None
        self._buffer = bytearray(_LENGTHS.size)
        self._filled = 0

    def fileno(self) -> int:
        return self.sock.fileno()

    def close(self) -> None:
        self.closed = True
        self.sock.close()

    @property
    def wants_write(self) -> bool:
        return bool(self._outgoing) and not self.closed

    def send(self, kind: str, header: dict[str, Any], body: bytes | bytearray = b"") -> None:
        """Queue a frame and write what the socket takes now; `flush` writes the rest."""
        text = json.dumps({**header, "kind": kind}, separators=(",", ":")).encode()
        self._outgoing.append(memoryview(_LENGTHS.pack(len(text), len(body)) + text))
        if body:
            self._outgoing.append(memoryview(body))
        self.flush()

    def flush(self) -> None:
        """Write as much as fits. A closed peer empties the queue; `receive` reports the end."""
        while self._outgoing and not self.closed:
            try:
                sent = self.sock.send(self._outgoing[0])
            except BlockingIOError:
                return
            except OSError:
                self._outgoing.clear()
                return
            if sent == len(self._outgoing[0]):
                self._outgoing.popleft()
            else:
                self._outgoing[0] = self._outgoing[0][sent:]

    def receive(self, *, most: int = 256) -> list[Frame]:
        """The complete frames that have arrived, at most `most`. `closed` turns True at the end
        of the stream. Raises ProtocolError for lengths or headers that cannot be."""
        frames: list[Frame] = []
        while len(frames) < most and self._fill():
            if self._lengths is None:
                self._expect_frame()
            else:
                frames.append(self._finished_frame())
        return frames

    def _fill(self) -> bool:
        """Read into the current buffer; True when it is full."""
        while self._filled < len(self._buffer):
            try:
                count = self.sock.recv_into(memoryview(self._buffer)[self._filled :])
            except BlockingIOError:
                return False
            except OSError:
                count = 0
            if count == 0:
                self.closed = True
                return False
            self._filled += count
        return True

    def _expect_frame(self) -> None:
        header, body = self._lengths = _LENGTHS.unpack(self._buffer)
        if header > MAX_HEADER or body > MAX_BODY:
            raise ProtocolError(f"a frame of {header} + {body} bytes is over the limit")
        self._buffer, self._filled = bytearray(header + body), 0

    def _finished_frame(self) -> Frame:
        assert self._lengths is not None
        size, buffer = self._lengths[0], self._buffer
        self._lengths, self._buffer, self._filled = None, bytearray(_LENGTHS.size), 0
        try:
            header = json.loads(buffer[:size])
            kind = header.pop("kind")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            raise ProtocolError("a frame's header is not JSON with a kind") from error
        del buffer[:size]
        return Frame(kind, header, buffer)
