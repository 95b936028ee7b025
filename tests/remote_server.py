"""A remote server of a test's own, on loopback: it answers what the test says, and keeps what came.

The ones that we show are in docs/agents; this one can misbehave.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from agents.remote_contract import SIGNATURE, TIMESTAMP, is_signed, signature

KEY = "the-signing-key-of-acme"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, with its headers in lower case."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_signed(self) -> bool:
        return is_signed(
            KEY, timestamp=self.headers[TIMESTAMP.lower()], body=self.body,
            given=self.headers[SIGNATURE.lower()], now_s=time.time(),
        )  # fmt: skip

    def call_back(self, answer: Any, *, url: str = "", **headers: str) -> httpx.Response:
        """Signed as it should be; bytes go as they are."""
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        timestamp = headers.pop("timestamp", str(int(time.time())))
        signed = headers.pop("signature", signature(KEY, timestamp=timestamp, body=body))
        given = {TIMESTAMP: timestamp, SIGNATURE: signed, "Content-Type": "application/json"}
        return httpx.post(url or self.json["callback_url"], content=body, headers=given, timeout=30)


@dataclass(kw_only=True)
class Answer:
    """body: bytes go as they are, anything else as JSON. `cut`: the connection, instead."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(kw_only=True)
class RemoteServer:
    """`answer` is called with each request in a thread of its own, and may call back in it."""

    url: str
    answer: Callable[[Asked], Answer]
    asked: list[Asked] = field(default_factory=list)

    @staticmethod
    @contextmanager
    def running(answer: Callable[[Asked], Answer]) -> Iterator["RemoteServer"]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.asked.append(Asked(headers=headers, body=body))
                _send(self, server.answer(server.asked[-1]))

            def log_message(self, *args: Any) -> None:
                """Not among the tests' own lines."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
            server = RemoteServer(url=f"http://127.0.0.1:{http.server_port}/run", answer=answer)
            thread = threading.Thread(
                target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
            )
            thread.start()
            try:
                yield server
            finally:
                http.shutdown()
                thread.join()


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    if answer.cut:
        handler.close_connection = True
        return
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    handler.send_response(answer.status)
    for name, value in {**answer.headers, "Content-Length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
