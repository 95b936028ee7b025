"""The web server's application: HTTP through a pool of threads, behind uvicorn.

    uvicorn platform_agents.asgi:application

Measured: Django's own ASGI path serves fewer than half as many requests. A waiting request costs a
sleeping thread and no database connection, so there are many threads and a small pool.
"""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_agents.settings")
os.environ.setdefault("DATABASE_POOL_SIZE", "8")

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application

_wsgi: Any = get_wsgi_application()
_http = WSGIMiddleware(_wsgi, workers=settings.WEB_THREADS)


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _http(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)
    else:
        await send({"type": "websocket.close", "code": 4404})


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
