"""A Redis server for tests: Debian's redis-server on a free loopback port, keeping nothing.

Missing, it fails the tests that need it, with what to do; SKIP_REDIS_TESTS=1 skips them instead.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from tests.processes import free_port, wait_until


class RedisServer:
    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis.from_url(self.url, protocol=2, decode_responses=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [_program(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--daemonize", "no"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers, what="redis-server answers")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def listeners(self, channel: str) -> int:
        """How many connections are subscribed to a channel of ours."""
        [(_, count)] = self.client.pubsub_numsub(f"platform_agents:{channel}")
        return int(count)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _program() -> str:
    if program := shutil.which("redis-server"):
        return program
    if os.environ.get("SKIP_REDIS_TESTS"):
        pytest.skip("SKIP_REDIS_TESTS is set and redis-server is not installed")
    pytest.fail(
        "redis-server is needed: apt-get install redis-server, or set SKIP_REDIS_TESTS=1 to go on "
        "without these tests"
    )
