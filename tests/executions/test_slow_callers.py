"""Callers that are slow, go away, or send too much take nothing from the others."""

import json
import socket
from contextlib import ExitStack

from tests import factories
from tests.factories import Org
from tests.live import Live


def half_a_call(live: Live, org: Org) -> socket.socket:
    """A POST /execute whose body has begun and does not go on."""
    conn = socket.create_connection(("127.0.0.1", live.web.port))
    conn.sendall(
        b"POST /execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"X-API-Key: " + org.key.encode() + b"\r\nContent-Length: 1000\r\n\r\n{"
    )
    return conn


def test_half_sent_bodies_hold_no_connection_to_the_database(live: Live) -> None:
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")
    with ExitStack() as stack:
        for _ in range(30):  # the pool has eight
            stack.enter_context(half_a_call(live, org))
        assert live.execute(org, "echo", {"a": 1}).json()["output"] == {"a": 1}


def test_a_client_that_closes_gets_its_413_all_the_same(live: Live) -> None:
    org = factories.organization(live.db)
    body = json.dumps({"pad": "x" * 6_000_000}).encode()
    with socket.create_connection(("127.0.0.1", live.web.port)) as conn:
        conn.sendall(
            b"POST /execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Connection: close\r\nX-API-Key: " + org.key.encode() + b"\r\nContent-Length: "
            + str(len(body)).encode() + b"\r\n\r\n" + body
        )  # fmt: skip
        answer = b""
        while chunk := conn.recv(65_536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"body_too_large"' in answer
