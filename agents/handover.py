"""Small messages with descriptors in them, between a worker, the nursery and its templates.

One message is one packet: a JSON object, and any files that go with it. Both ends are closed to
programs they start. Used by `agents.nursery`, `agents.template` and the worker's side of them.
"""

import json
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_MOST_BYTES = 1 << 20
_MOST_FILES = 4


@dataclass(frozen=True, kw_only=True)
class Message:
    """`files` are the receiver's now, which must close them."""

    content: dict[str, Any]
    files: list[int] = field(default_factory=list)


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends that neither split nor merge messages."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(sock: socket.socket, content: dict[str, Any], files: Iterable[int] = ()) -> None:
    """The files stay open here, too. Raises OSError when nobody is there or its buffer is full."""
    text = json.dumps(content, separators=(",", ":")).encode()
    socket.send_fds(sock, [text], list(files), socket.MSG_NOSIGNAL)


def receive(sock: socket.socket) -> Message | None:
    """None at the end of the stream. Raises BlockingIOError when nothing has come (yet)."""
    try:
        text, files, _, _ = socket.recv_fds(sock, _MOST_BYTES, _MOST_FILES)
    except BlockingIOError:
        raise
    except OSError:
        return None
    return Message(content=json.loads(text), files=files) if text else None


def close(files: Iterable[int]) -> None:
    for fd in files:
        os.close(fd)


def close_all_but(*kept: int) -> None:
    """Everything above the standard files, whoever opened it."""
    start = 3
    for fd in sorted(kept):
        os.closerange(start, fd)
        start = max(start, fd + 1)
    os.closerange(start, os.sysconf("SC_OPEN_MAX"))
