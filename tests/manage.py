"""`manage.py` as somebody types it: each time anew, or forked from one that has loaded Django.

A new process spends most of a second on imports. Warm is for many commands in one environment,
where neither the start nor the end of the process is the point.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.processes import ROOT

NO_DATABASE = {
    "DJANGO_SETTINGS_MODULE": "tests.settings",
    "DATABASE_URL": "postgresql://x@127.0.0.1:1/n",
}


@dataclass(frozen=True, kw_only=True)
class Said:
    status: int
    out: str
    err: str


def manage(*args: str, stdin: str = "", cwd: Path = ROOT, **env: str) -> Said:
    """Without a database. A Traceback is never an answer."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *args], cwd=cwd, input=stdin,
        env={**os.environ, **NO_DATABASE, **env}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return _checked(args, Said(status=done.returncode, out=done.stdout, err=done.stderr))


class Warm:
    """One command after the other: not for threads."""

    def __init__(self, server: "subprocess.Popen[str]") -> None:
        self._server = server

    @staticmethod
    @contextmanager
    def running(env: Mapping[str, str]) -> Iterator["Warm"]:
        """env: what the commands see beside our own."""
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.manage_server"], cwd=ROOT, env={**os.environ, **env},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield Warm(server)
        finally:
            server.communicate(timeout=60)  # it ends when it hears no more

    def manage(self, *args: str, stdin: str = "", cwd: Path = ROOT) -> Said:
        with TemporaryDirectory() as folder:
            streams = [Path(folder, name) for name in ("in", "out", "err")]
            for path in streams:
                path.write_text(stdin if path.name == "in" else "")
            command = {"args": args, "cwd": str(cwd), "streams": [str(path) for path in streams]}
            status = self._ask(json.dumps(command))
            said = Said(status=status, out=streams[1].read_text(), err=streams[2].read_text())
        return _checked(args, said)

    def _ask(self, command: str) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(command, file=self._server.stdin, flush=True)
        answer = self._server.stdout.readline()
        assert answer, "the process that forks commands has ended"
        return int(answer)


def _checked(args: tuple[str, ...], said: Said) -> Said:
    assert "--traceback" in args or "Traceback" not in said.err, said.err
    return said
