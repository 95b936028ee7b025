"""Clients of feeds: WebSockets and event streams, as a gateway or a browser would open them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.factories import Org
from tests.live import Live

PATIENCE_S = 60


@contextmanager
def socket(
    live: Live, path: str, *, most_unread: int | None = None, **headers: str
) -> Iterator[ClientConnection]:
    """headers: names with underscores for hyphens. most_unread: so many messages later the client
    takes nothing from the line, not even the answer to its close, for which it waits ten seconds;
    None: it takes everything."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    address = live.web.url.replace("http://", "ws://") + path
    origin = named.pop("Origin", None)
    protocols = named.pop("Protocols", "")
    with connect(
        address,
        additional_headers=named,
        origin=origin,  # type: ignore[arg-type]
        subprotocols=protocols.split(",") if protocols else None,  # type: ignore[arg-type]
        open_timeout=PATIENCE_S,
        compression=None,
        max_queue=most_unread,
        proxy=None,
    ) as opened:
        yield opened


@contextmanager
def watching(
    live: Live, org: Org, path: str, *, most_unread: int | None = None
) -> Iterator[ClientConnection]:
    with socket(live, path, most_unread=most_unread, X_API_Key=org.key) as opened:
        yield opened


def message(opened: ClientConnection) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(opened.recv(timeout=PATIENCE_S))
    return told


def messages(opened: ClientConnection) -> Iterator[dict[str, Any]]:
    """Until the server closes; `closing` tells how."""
    while True:
        try:
            yield message(opened)
        except ConnectionClosed:
            return


def closing(opened: ClientConnection) -> tuple[int | None, str]:
    """The code and reason that the server closes with, whatever it says before."""
    for _ in messages(opened):
        pass
    return opened.close_code, opened.close_reason or ""


@dataclass(frozen=True, kw_only=True)
class Frame:
    event: str
    id: str | None
    data: dict[str, Any]


@contextmanager
def stream(
    live: Live, org: Org, execution_id: str, *, last: int | None = None, path: str = ""
) -> Iterator[httpx.Response]:
    headers = {"X-API-Key": org.key, "Accept": "text/event-stream"}
    if last is not None:
        headers["Last-Event-ID"] = str(last)
    path = path or f"/executions/{execution_id}/events"
    url = f"{live.web.url}{path}"
    with httpx.stream("GET", url, headers=headers, timeout=PATIENCE_S) as response:
        yield response


def frames(response: httpx.Response) -> Iterator[Frame]:
    """Comments and `retry` are left out."""
    lines: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            lines[name] = value
            continue
        if "data" in lines:
            data = json.loads(lines["data"])
            yield Frame(event=lines["event"], id=lines.get("id"), data=data)
        lines = {}


def submitted(live: Live, org: Org, module: str, input_data: Any = None) -> str:
    answer = live.execute(org, module, input_data, prefer="respond-async")
    assert answer.status_code == 202, answer.text
    execution_id: str = answer.json()["execution_id"]
    return execution_id


def refused(live: Live, path: str, **headers: str) -> tuple[int | None, str]:
    with socket(live, path, **headers) as opened:
        return closing(opened)
