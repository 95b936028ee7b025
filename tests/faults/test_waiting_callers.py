"""Callers that wait hold no thread; too many, and too slow ones, are told so."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests import factories
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until

_THREADS, _WAITERS = 3, 20
_RUNNING = "SELECT count(*) FROM executions_run WHERE state = 'running'"


@pytest.fixture
def narrow(breakable: Callable[..., Live]) -> Live:
    return breakable(WEB_THREADS=str(_THREADS), WEB_WAITERS=str(_WAITERS), BODY_SECONDS="0.5")


@pytest.fixture
def org(narrow: Live) -> Org:
    org = factories.organization(narrow.db)
    factories.module(narrow.db, org=org)
    return org


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(_WAITERS) as pool:
        yield pool


def call(live: Live, org: Org, *, sleep_s: float = 300, prefer: str = "wait=8") -> httpx.Response:
    return live.execute(org, "echo", {"sleep_s": sleep_s}, prefer=prefer)


def running(live: Live) -> int:
    row = live.db.execute(_RUNNING).fetchone()
    assert row is not None
    return int(row[0])


def test_more_callers_wait_than_there_are_threads_and_one_too_many_gets_202_at_once(
    narrow: Live, org: Org, callers: ThreadPoolExecutor
) -> None:
    waiting = [callers.submit(call, narrow, org) for _ in range(_WAITERS)]
    wait_until(lambda: running(narrow) == _WAITERS, what="all were accepted, and wait")

    assert narrow.get(org, "/executions/none").status_code == 404, "others are answered meanwhile"
    began = time.monotonic()
    one_more = call(narrow, org, sleep_s=0, prefer="wait=60")
    assert (one_more.status_code, one_more.json()["status"]) == (202, "pending")
    assert time.monotonic() - began < 30, "it did not wait"

    answers = [answer.result() for answer in waiting]
    assert {answer.status_code for answer in answers} == {202}, "their patience was over"
    assert {answer.json()["status"] for answer in answers} == {"running"}
    assert all(answer.headers["location"] for answer in answers)
    assert all(answer.headers["x-content-type-options"] == "nosniff" for answer in answers)


def test_what_a_caller_waited_for_is_deleted(
    narrow: Live, org: Org, callers: ThreadPoolExecutor
) -> None:
    """The gateway deletes the organization under it: an answer comes, and it is an honest one."""
    waiting = callers.submit(call, narrow, org)
    wait_until(lambda: running(narrow) == 1, what="it runs")
    narrow.db.execute("DELETE FROM public.organizations WHERE id = %s", [org.id])
    answer = waiting.result()
    assert (answer.status_code, answer.json()["code"]) == (404, "execution_not_found")


def test_a_body_that_does_not_come_is_given_up(narrow: Live, org: Org) -> None:
    head = b"POST /execute HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: mine\r\n"
    head += b"Content-Length: 1000\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", narrow.web.port), timeout=20) as slow:
        slow.sendall(head)
        answer = b""
        while part := slow.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"request_timeout" in answer
    assert b"\r\nx-request-id: mine\r\n" in answer
