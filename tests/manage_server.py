"""What tests.manage.Warm starts: loads Django once, forks for each command that it is told of.

One JSON object a line on standard input; the exit status is the answer. A fork runs manage.py
itself, with streams and a folder of its own.
"""

import json
import multiprocessing
import os
import runpy
import sys
from pathlib import Path

import django

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"


def serve() -> None:
    fork = multiprocessing.get_context("fork")
    for line in sys.stdin:
        process = fork.Process(target=_command, kwargs=json.loads(line))
        process.start()
        process.join()
        print(process.exitcode, flush=True)


def _command(*, args: list[str], cwd: str, streams: list[str]) -> None:
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDWR), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (multiprocessing has put nothing in its place)
    os.chdir(cwd)
    sys.argv = ["manage.py", *args]
    runpy.run_path(str(MANAGE), run_name="__main__")


if __name__ == "__main__":
    django.setup()
    serve()
