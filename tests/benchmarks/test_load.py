"""The load generator against a small real server: what counts as a success, an error, a 202."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.load import Load, Outcome, drive

_ANSWERS = {
    "good": (200, "completed"),
    "failing": (200, "failed"),
    "refusing": (503, "completed"),
    "later": (202, "pending"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(*_ANSWERS[body["module_id"]])

    def do_GET(self) -> None:
        self._answer(200, "completed")

    def _answer(self, status: int, outcome: str) -> None:
        body = json.dumps({"status": outcome}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", "/executions/1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def _drive(port: int, agent: str, *, wait: bool = True) -> Outcome:
    body = {"module_id": agent, "org_id": "o", "input_data": {}}
    return drive(Load(port=port, key="k", body=body, callers=3, calls=2, wait=wait, timeout_s=10))


def test_every_caller_makes_its_calls(port: int) -> None:
    outcome = _drive(port, "good")

    assert (len(outcome.latencies_s), outcome.errors, outcome.later) == (6, 0, 0)


@pytest.mark.parametrize("agent", ["failing", "refusing"])
def test_a_failed_run_and_a_refusal_are_errors_and_have_no_latency(port: int, agent: str) -> None:
    outcome = _drive(port, agent)

    assert (len(outcome.latencies_s), outcome.errors) == (0, 3)
    assert str(_ANSWERS[agent][0]) in outcome.first_errors[0]


def test_a_202_is_followed_to_its_result(port: int) -> None:
    outcome = _drive(port, "later")

    assert (len(outcome.latencies_s), outcome.errors, outcome.later) == (6, 0, 6)
    assert min(outcome.latencies_s) >= 1  # asked again after a second


def test_submit_only_wants_the_202_and_nothing_more(port: int) -> None:
    assert len(_drive(port, "later", wait=False).latencies_s) == 6
    assert _drive(port, "good", wait=False).errors == 3
