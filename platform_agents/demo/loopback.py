"""HTTP to our own web server. Plain sockets underneath: no proxy of the environment gets between,
and while an answer is awaited, the child processes are looked after."""

import json
import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from platform_agents.demo import port
from platform_agents.demo.errors import DemoFailed


@dataclass(frozen=True, kw_only=True)
class Answer:
    """body is the decoded JSON; seconds from the first byte sent to the last received."""

    status: int
    body: Any
    seconds: float


class Web:
    """`check` is called while waiting, and raises when there is nothing to wait for."""

    def __init__(self, number: int, *, check: Callable[[], None]) -> None:
        self.url = f"http://{port.HOST}:{number}"
        self._port, self._check = number, check

    def get(self, path: str, *, seconds: float) -> Answer:
        return self._ask("GET", path, None, {}, seconds)

    def post(self, path: str, body: Any, *, headers: dict[str, str], seconds: float) -> Answer:
        given = {"Content-Type": "application/json", **headers}
        return self._ask("POST", path, json.dumps(body), given, seconds)

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str], seconds: float
    ) -> Answer:
        """Raises DemoFailed when no answer comes within `seconds`, or one that is not JSON."""
        began = time.monotonic()
        connection = HTTPConnection(port.HOST, self._port, timeout=seconds)
        try:
            connection.request(method, path, body, headers)
            self._await(connection, began + seconds, f"{method} {path}")
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            self._check()  # a server that died says why better than its closed connection
            raise DemoFailed(f"{method} {self.url}{path}: {error!r}") from error
        finally:
            connection.close()
        return Answer(status=response.status, body=answer, seconds=time.monotonic() - began)

    def _await(self, connection: HTTPConnection, deadline: float, what: str) -> None:
        while not select.select([connection.sock], [], [], 0.1)[0]:
            self._check()
            if time.monotonic() > deadline:
                raise DemoFailed(f"{what} was not answered in time; see the web server's log.")
