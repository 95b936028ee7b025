"""`manage.py` as somebody types it where there is no database, for tests of commands."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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
    """A Traceback is never an answer."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *args], cwd=cwd, input=stdin,
        env={**os.environ, **NO_DATABASE, **env}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert "--traceback" in args or "Traceback" not in done.stderr, done.stderr
    return Said(status=done.returncode, out=done.stdout, err=done.stderr)
