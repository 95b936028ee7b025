"""A system under test: a web server that answers `POST /execute`, mostly with workers behind it.

Started once and kept for the whole comparison; while one is under load, the others idle.
`benchmarks.installation` makes ours, `benchmarks.peers` the others.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.databases import Database, Tenant
from benchmarks.load import Load, drive
from benchmarks.processes import Process, free_port, python, wait_listening

_READY_S = 60


@dataclass(kw_only=True)
class System:
    """`web` is an ASGI application for uvicorn; `workers` are commands. `shared` processes are
    counted with it but run by somebody else (Redis). `forget` drops work that nobody waits for."""

    name: str
    title: str
    database: Database
    tenant: Tenant
    web: str
    workers: Sequence[Sequence[str]] = ()
    env: dict[str, str]
    shared: Sequence[Process] = ()
    forget: Callable[[], None] = lambda: None
    processes: list[Process] = field(default_factory=list, init=False)
    port: int = field(default=0, init=False)

    def start(self) -> None:
        """Returns when a first run was answered. Raises TimeoutError or ProcessEnded."""
        self.port = free_port()
        uvicorn = python("-m", "uvicorn", self.web, "--host", "127.0.0.1", "--port",
                         str(self.port), "--log-level", "warning", "--backlog", "2048")  # fmt: skip
        self.processes.append(Process(f"{self.name}-web", uvicorn, env=self.env))
        for number, command in enumerate(self.workers, start=1):
            self.processes.append(Process(f"{self.name}-worker-{number}", command, env=self.env))
        self._wait_ready()

    def end(self) -> None:
        while self.processes:
            self.processes.pop().end()

    def restart(self) -> None:
        """Without the work that was given up: for after a load that did not end in time."""
        self.end()
        self.forget()
        self.database.discard_unfinished()
        self.start()

    @property
    def worker_processes(self) -> list[Process]:
        return self.processes[1:]

    def check(self) -> None:
        for process in self.processes:
            process.check()

    def load(self, agent: str, input_data: object, *, callers: int, **more: object) -> Load:
        body = {"module_id": agent, "org_id": self.tenant.org_id, "input_data": input_data}
        return Load(port=self.port, key=self.tenant.key, body=body, callers=callers, **more)  # type: ignore[arg-type]

    def _wait_ready(self) -> None:
        wait_listening(self.processes[0], self.port, seconds=_READY_S)
        deadline = time.monotonic() + _READY_S
        first = self.load("echo", {"first": True}, callers=1, calls=1, timeout_s=_READY_S)
        while (outcome := drive(first)).errors:
            self.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} is not ready: {outcome.first_errors}")
            time.sleep(0.2)
