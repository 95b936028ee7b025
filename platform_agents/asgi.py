"""The web server's application: HTTP through a pool of threads, WebSockets and event streams on the
event loop, behind uvicorn.

    uvicorn platform_agents.asgi:application

Measured: Django's own ASGI path serves fewer than half as many requests. A waiting request costs a
sleeping thread and no database connection, so there are many threads and a small pool.
"""

import logging
import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_agents.settings")
os.environ["PLATFORM_AGENTS_WEB"] = "true"

from django.core.wsgi import get_wsgi_application

_wsgi = get_wsgi_application()  # sets Django up, which what is imported below needs

from django.conf import settings
from django.db import connections

from agents.sandbox import hide_environment
from executions.events import waiters
from executions.feeds.hub import hub
from executions.feeds.routing import websockets
from platform_agents.bridge import Bridge
from platform_agents.logs import RedactKeys
from platform_agents.postgres import embedded

logging.getLogger("uvicorn.error").addFilter(RedactKeys())  # WebSockets' addresses, with queries
hide_environment()  # the account's other processes have no business with our secrets
_http = Bridge(
    _wsgi,
    threads=settings.WEB_THREADS,
    max_body_bytes=settings.MAX_BODY_BYTES,
    body_s=settings.BODY_SECONDS,
)


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _http(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)
    else:
        await websockets(scope, receive, send)


def _dismiss_waiters_at_the_end() -> None:
    """uvicorn lets requests finish before it ends, but a waiting call may take most of a minute.
    Its signal handlers are in place by now; ours come before them."""
    for number in (signal.SIGTERM, signal.SIGINT):
        then = signal.getsignal(number)
        if callable(then):
            signal.signal(number, partial(_end, then))


def _end(then: Callable[[int, Any], Any], number: int, frame: Any) -> None:
    waiters.dismiss()
    hub.stop()
    then(number, frame)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _dismiss_waiters_at_the_end()
        if message["type"] == "lifespan.shutdown":
            # uvicorn ends by repeating the signal that it got, which skips what runs at exit.
            connections.close_all()
            embedded.release()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
