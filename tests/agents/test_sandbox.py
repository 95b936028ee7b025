"""What a process does to itself before it runs somebody's code."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


def python(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_the_environment_of_a_hidden_process_is_closed() -> None:
    said = python(
        "import ctypes; from agents import sandbox; sandbox.hide_environment();"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    ).communicate(timeout=20)[0]
    assert said.strip() == "0"


def test_memory_is_limited_to_what_was_said() -> None:
    process = python(
        "from agents import sandbox; sandbox.limit(memory_mb=300); print(len(bytes(400 << 20)))"
    )
    said, _ = process.communicate(timeout=20)
    assert said == ""
    assert process.returncode == 1


def test_a_child_dies_with_its_parent() -> None:
    parent = python(
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import os, time;"
        "from agents import sandbox; sandbox.die_with_parent(' + str(os.getpid()) + ');"
        "print(os.getpid(), flush=True); time.sleep(60)'])\n"
        "time.sleep(60)"
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.02)
