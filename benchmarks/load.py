"""The load generator: callers of `POST /execute`, in a process of its own.

Each caller holds one kept-alive connection, opened before the clock starts, and sends its next call
when the last was answered. A call answered 202 is not over: as the contract says, the caller asks
for the result, every second. `drive` starts the generator (`python -m benchmarks.load`); nothing
here knows the systems.
"""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

import uvloop

from benchmarks.http_call import Answer, Connection, request
from benchmarks.processes import ROOT, python

_POLL_S = 1.0
_FIRST_ERRORS = 5


@dataclass(frozen=True, kw_only=True)
class Load:
    """`calls` per caller, or as many as `seconds` allow. wait=False: the 202 is the answer wanted.
    A call without a result after `timeout_s` is an error, and its caller sends no more."""

    port: int
    key: str
    body: dict[str, Any]
    callers: int
    calls: int | None = None
    seconds: float = 3600
    wait: bool = True
    timeout_s: float = 60


@dataclass(kw_only=True)
class Outcome:
    """`latencies_s` of the calls that succeeded; `later` of them were answered 202 first."""

    latencies_s: list[float] = field(default_factory=list)
    elapsed_s: float = 0
    later: int = 0
    errors: int = 0
    first_errors: list[str] = field(default_factory=list)

    def fail(self, error: str) -> None:
        self.errors += 1
        if len(self.first_errors) < _FIRST_ERRORS:
            self.first_errors.append(error[:300])


def drive(load: Load) -> Outcome:
    """Run the load to its end, in a process of its own. Raises TimeoutExpired when it hangs."""
    longest = load.timeout_s * (load.calls or 1) + load.seconds + 30
    process = subprocess.Popen(  # noqa: S603 (this module)
        python("-m", "benchmarks.load"), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        out, _ = process.communicate(json.dumps(asdict(load)).encode(), timeout=longest)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode != 0 or not out:
        raise RuntimeError(f"the load generator failed, status {process.returncode}")
    return Outcome(**json.loads(out))


class _Unexpected(Exception):
    """An answer that is no success."""


class _Callers:
    def __init__(self, load: Load) -> None:
        self.load, self.outcome = load, Outcome()
        headers = {
            "Host": "127.0.0.1", "X-API-Key": load.key, "Content-Type": "application/json",
        }  # fmt: skip
        wanted = {} if load.wait else {"Prefer": "respond-async"}
        body = json.dumps(load.body).encode()
        self._execute = request("POST", "/execute", headers=headers | wanted, body=body)
        self._headers = headers

    async def run(self) -> Outcome:
        connections = [Connection("127.0.0.1", self.load.port) for _ in range(self.load.callers)]
        for connection in connections:
            await connection.open()
        start = time.perf_counter()
        self._stop = start + self.load.seconds
        await asyncio.gather(*(self._caller(connection) for connection in connections))
        self.outcome.elapsed_s = time.perf_counter() - start
        for connection in connections:
            connection.close()
        return self.outcome

    async def _caller(self, connection: Connection) -> None:
        for number in count():
            if number == self.load.calls or time.perf_counter() >= self._stop:
                return
            start = time.perf_counter()
            try:
                async with asyncio.timeout(self.load.timeout_s):
                    await self._call(connection)
            except TimeoutError:
                self.outcome.fail(f"no result within {self.load.timeout_s:g} s")
                return
            except (OSError, EOFError, ValueError, KeyError, _Unexpected) as error:
                self.outcome.fail(f"{type(error).__name__}: {error}")
                return
            self.outcome.latencies_s.append(time.perf_counter() - start)

    async def _call(self, connection: Connection) -> None:
        answer = await connection.call(self._execute)
        if not self.load.wait:
            if answer.status != 202:
                raise _Unexpected(f"wanted 202, got {_shown(answer)}")
            return
        if answer.status == 202:
            self.outcome.later += 1
            answer = await self._result(connection, answer.headers["location"])
        if answer.status != 200 or b'"completed"' not in answer.body:
            raise _Unexpected(_shown(answer))

    async def _result(self, connection: Connection, location: str) -> Answer:
        ask = request("GET", location, headers=self._headers)
        while True:
            await asyncio.sleep(_POLL_S)
            answer = await connection.call(ask)
            if answer.status != 200 or answer.json()["status"] not in ("pending", "running"):
                return answer


def _shown(answer: Answer) -> str:
    return f"{answer.status} {answer.body[:200].decode(errors='replace')}"


if __name__ == "__main__":
    found = uvloop.run(_Callers(Load(**json.load(sys.stdin))).run())
    json.dump(asdict(found), sys.stdout)
