"""Redis for the Celery peers: REDIS_URL, or a redis-server of our own on a free loopback port.

Ours keeps nothing on disk: the rows in PostgreSQL are what lasts.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager

import redis

from benchmarks.processes import Process, free_port, wait_listening

MISSING = (
    "Redis is needed for the Celery peers: apt-get install redis-server, or set REDIS_URL. "
    "They are skipped."
)


class RedisServer:
    """`process` is None for a server that others run: its memory is not counted."""

    def __init__(self, url: str, process: Process | None = None) -> None:
        self.url, self.process = url, process

    def version(self) -> str:
        with closing(redis.Redis.from_url(self.url)) as client:
            return str(client.info("server")["redis_version"])

    def forget(self, prefix: str) -> None:
        """Delete the keys of one peer and nothing else."""
        with closing(redis.Redis.from_url(self.url)) as client:
            for key in client.scan_iter(f"{prefix}*"):
                client.delete(key)


@contextmanager
def running() -> Iterator[RedisServer | None]:
    """The server, or None where there is none to be had."""
    if url := os.environ.get("REDIS_URL"):
        yield RedisServer(url)
        return
    if (program := shutil.which("redis-server")) is None:
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        arguments = {
            "--bind": "127.0.0.1", "--port": str(port), "--dir": folder,
            "--save": "", "--appendonly": "no",
        }  # fmt: skip
        command = [program, *(word for pair in arguments.items() for word in pair)]
        process = Process("redis", command, grace_s=5)
        try:
            wait_listening(process, port, seconds=10)
            yield RedisServer(f"redis://127.0.0.1:{port}/0", process)
        finally:
            process.end()
