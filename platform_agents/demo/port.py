"""The web server's socket: bound and listening before the server starts, so that nobody can take
the port in between, and a second demo finds the next one."""

import errno
import socket

from platform_agents.demo.errors import DemoFailed

HOST = "127.0.0.1"
_FIRST, _TRIES = 8000, 50


def listen(port: int | None) -> socket.socket:
    """On `port`, 0 for any; None for 8000 or the next that is free. Raises DemoFailed."""
    if port is not None:
        return _listening(port)
    for candidate in range(_FIRST, _FIRST + _TRIES):
        try:
            return _listening(candidate)
        except DemoFailed:
            continue
    raise DemoFailed(
        f"Ports {_FIRST} to {_FIRST + _TRIES - 1} are all taken; choose one with --port."
    )


def _listening(port: int) -> socket.socket:
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((HOST, port))
        server.listen(2048)
    except (OSError, OverflowError) as error:
        server.close()
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        why = "is taken by another program" if taken else f"cannot be used ({error})"
        raise DemoFailed(
            f"Port {port} {why}. Choose another with --port, or leave --port out."
        ) from error
    return server
