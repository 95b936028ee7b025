"""`drizzle-kit push` of the schema files in gateway/test/drizzle, as a gateway's deploy runs it."""

import os
import pty
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests import databases
from tests.gateway_package import GATEWAY
from tests.processes import wait_until

_PUSH = (
    "node", "node_modules/drizzle-kit/bin.cjs", "push", "--verbose",
    "--config", "test/drizzle/drizzle.config.ts",
)  # fmt: skip
QUESTION = "Do you still want to push changes?"
NO, YES = b"\r", b"\x1b[B\r"  # the first choice; the one below it


@dataclass(frozen=True, kw_only=True)
class Push:
    """exit_status is no proof of anything: 0 also when it did nothing."""

    exit_status: int
    said: str

    @property
    def statements(self) -> list[str]:
        lines = [line.strip() for line in self.said.splitlines()]
        return [line for line in lines if line.endswith(";")]


def push(params: dict[str, Any], schema: str, *flags: str) -> Push:
    """Without a terminal, as in a deploy. schema: a variant of gateway/test/drizzle/schema.ts."""
    done = subprocess.run(
        [*_PUSH, *flags], cwd=GATEWAY, env=_env(params, schema), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=90, check=False,
    )  # fmt: skip
    return Push(exit_status=done.returncode, said=done.stdout)


def push_in_terminal(params: dict[str, Any], schema: str, *, answer: bytes) -> Push:
    """In a terminal, where its question is answered."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        _PUSH, cwd=GATEWAY, env=_env(params, schema), stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    os.set_blocking(ours, False)
    said = bytearray()

    def heard(text: str) -> bool:
        with suppress(OSError):  # nothing to read yet, or the other end is closed
            said.extend(os.read(ours, 65536))
        return text in said.decode(errors="replace")

    try:
        wait_until(lambda: heard(QUESTION) and heard("Yes, I want"), seconds=60, what="it asks")
        os.write(ours, answer)
        wait_until(lambda: heard("\0") or process.poll() is not None, seconds=60, what="push ends")
        heard("")
    finally:
        process.kill()
        os.close(ours)
    return Push(exit_status=process.wait(timeout=10), said=said.decode(errors="replace"))


def _env(params: dict[str, Any], schema: str) -> dict[str, str]:
    settings = {"DATABASE_URL": databases.url(params), "SCHEMA": schema, "NO_COLOR": "1"}
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), **settings}
