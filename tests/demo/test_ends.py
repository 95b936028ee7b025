"""However `manage.py demo` ends before its time: one readable reason, and nothing left behind."""

import os
import re
import signal
import socket
from pathlib import Path

import psutil
import pytest

from tests.demo.running import RUNNING, Start, ended, left, wait_for
from tests.processes import wait_until


@pytest.mark.parametrize(
    ("after", "how"),
    [
        ("database", signal.SIGINT),
        ("tables", signal.SIGTERM),
        ("seed", signal.SIGINT),
        ("web", signal.SIGHUP),
        ("cluster", signal.SIGINT),
    ],
)
def test_a_signal_at_any_moment_leaves_nothing(
    demo: Start, tmp_path: Path, after: str, how: signal.Signals
) -> None:
    process = demo("--once", "--port", "0")
    wait_for(process, f" {after} ")

    process.popen.send_signal(how)

    assert ended(process) == 128 + how, process.output()
    assert "Traceback" not in process.output()
    assert not left(tmp_path)


def test_ctrl_c_while_the_database_is_made_does_no_harm(demo: Start, tmp_path: Path) -> None:
    process = demo("--once", "--port", "0", database=tmp_path)
    wait_until((tmp_path / "postgres" / "PG_VERSION").exists, what="initdb is at work")

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: initdb gets it, too

    assert ended(process) == 130, process.output()
    assert not left(tmp_path)
    assert ended(demo("--seed-only", database=tmp_path)) == 0, process.output()


def test_when_the_demo_is_killed_the_rest_ends_by_itself(
    demo: Start, tmp_path: Path, folder: Path
) -> None:
    process = demo("--port", "0")
    wait_for(process, RUNNING)
    assert len(left(tmp_path)) > 5

    process.popen.kill()

    wait_until(lambda: not left(tmp_path), seconds=40, what="all of it ended")
    assert not (folder / "postgres" / "postmaster.pid").exists()


def test_a_taken_port_is_said_at_once(demo: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        process = demo("--once", "--port", str(number))
        assert ended(process) == 1

    assert f"Port {number} is taken by another program." in process.output()
    assert "Traceback" not in process.output()
    assert not left(tmp_path)


@pytest.mark.parametrize(("program", "name"), [("uvicorn", "web server"), ("qcluster", "cluster")])
def test_a_child_that_dies_ends_the_demo_with_its_log(
    demo: Start, tmp_path: Path, program: str, name: str
) -> None:
    process = demo("--port", "0")
    wait_for(process, RUNNING)
    children = psutil.Process(process.pid).children()

    next(child for child in children if program in child.cmdline()).kill()

    assert ended(process) == 1
    assert f"The {name} ended, signal 9." in process.output()
    assert re.search(r"The end of \S+\.log:\n  \S", process.output())
    assert "Traceback" not in process.output()
    assert not left(tmp_path)


def test_a_run_that_fails_is_told_with_its_error(demo: Start, tmp_path: Path) -> None:
    process = demo("--once", "--port", "0", MAX_OUTPUT_BYTES="100")

    assert ended(process) == 1
    assert "The demo failed. The run failed: " in process.output()
    assert "Traceback" not in process.output()
    assert not left(tmp_path)


def test_an_unreachable_database_is_one_line(demo: Start) -> None:
    process = demo("--once", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")

    assert ended(process) == 1
    assert "The demo failed. connection failed: " in process.output()
    assert "Traceback" not in process.output()
