"""A local OpenAI-compatible server that answers as scripted and keeps what it received.

    with OpenAIServer() as server:
        server.script(openai_replies.rate_limited("2"), openai_replies.normal("Hi"))
        … config={"base_url": server.base_url} …
        assert server.requests[0].headers["authorization"] == "Bearer …"

A scripted answer is streamed when the request asks for it, and requests for embeddings that nothing
is scripted for get vectors. `default` may be a function of the request, for clients that ask
several things at once. Paths are not looked at, so Azure's are answered as well.

Real HTTP on 127.0.0.1 and a free port, standard library only. Thread-safe.
"""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from agents.testing.openai_embeddings import embeddings_for
from agents.testing.openai_replies import Reply, normal
from agents.testing.openai_streams import as_stream


@dataclass(frozen=True, kw_only=True)
class ReceivedRequest:
    """path without the query; headers have lower-case names; body is the parsed JSON, None if it
    was none."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class OpenAIServer:
    """Answers each POST with the next scripted reply, then with `default`. hung_up counts the
    clients that went away during a reply."""

    def __init__(self, default: Reply | Callable[[ReceivedRequest], Reply] | None = None) -> None:
        """The port is taken here; requests are answered inside `with`."""
        self.default = default or _usual
        self.hung_up = 0
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self._replies: deque[Reply] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def base_url(self) -> str:
        """What a module's config, or OPENAI_BASE_URL, is to say."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def azure_url(self) -> str:
        """The same as the address of an Azure resource, for `provider: azure`."""
        return self.base_url.removesuffix("/v1")

    @property
    def authorizations(self) -> list[str | None]:
        """The Authorization header of every request so far, None where there was none."""
        return [request.headers.get("authorization") for request in self.requests]

    def script(self, *replies: Reply) -> None:
        """Queue replies for the next requests, one each."""
        with self._lock:
            self._replies.extend(replies)

    def __enter__(self) -> Self:
        """Start answering."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; hanging replies are let go."""
        self._closing.set()  # lets hanging and dripping replies go
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def connected(self) -> None:
        """Count a new connection."""
        with self._lock:
            self.connections += 1

    def answer_to(self, request: ReceivedRequest) -> Reply:
        """Keep the request, take the next reply."""
        with self._lock:
            self.requests.append(request)
            if self._replies:
                return self._replies.popleft()
        return self.default(request) if callable(self.default) else self.default

    def lost(self) -> None:
        """Count a client that hung up."""
        with self._lock:
            self.hung_up += 1

    def wait_s(self, seconds: float | None) -> bool:
        """Wait, but not beyond the server's end; True when it is ending."""
        return self._closing.wait(seconds)


def _usual(request: ReceivedRequest) -> Reply:
    if request.path.endswith("/embeddings"):
        return embeddings_for(request.body)
    return normal()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # hundreds of clients may connect at once
    owner: OpenAIServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news, but counted."""
        self.owner.lost()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.server.owner.connected()

    def do_POST(self) -> None:
        request = self._received()
        reply = self.server.owner.answer_to(request)
        if isinstance(request.body, dict) and request.body.get("stream"):
            reply = as_stream(reply)
        if reply.hang and not reply.events:
            self._hang()
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.events:
            self._send_events(reply)
            return
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self._send_body(reply)

    def _hang(self) -> None:
        """Until the client or the server goes away."""
        self.close_connection = True
        self.connection.settimeout(0.02)
        while not self.server.owner.wait_s(0):
            try:
                if not self.connection.recv(1):
                    self.server.owner.lost()
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def _send_events(self, reply: Reply) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in reply.events:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            if reply.drip_s and self.server.owner.wait_s(reply.drip_s):
                break
        if reply.hang:
            self._hang()
        elif reply.cut:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _received(self) -> ReceivedRequest:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        headers = {name.lower(): value for name, value in self.headers.items()}
        address = urlsplit(self.path)
        return ReceivedRequest(
            method=self.command, path=address.path, query=dict(parse_qsl(address.query)),
            headers=headers, body=body,
        )  # fmt: skip

    def _send_body(self, reply: Reply) -> None:
        if not reply.drip_s:
            self.wfile.write(reply.body)
            return
        for position in range(len(reply.body)):
            if self.server.owner.wait_s(reply.drip_s):
                self.close_connection = True
                return
            self.wfile.write(reply.body[position : position + 1])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: tests assert on `requests`."""
