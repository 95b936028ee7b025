"""The fork server: hosts come and go, what they come from stays, and nothing leaks."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.agents.forking import Host, Line, Nursery, nursery
from tests.processes import wait_until

ECHO = {"echo": "agents.echo:Echo"}
POISON = {"poison": "tests.authored.poison:Poison"}


@pytest.fixture
def server() -> Iterator[Nursery]:
    with nursery() as server:
        yield server


def _files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _asked(host: Host, how: str) -> object:
    return json.loads(bytes(host.run("poison", json.dumps({"how": how})).body))


def _is_dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_host_runs_an_agent(server: Nursery) -> None:
    host = server.line(ECHO).host()
    assert json.loads(bytes(host.run("echo", '{"a": 1}').body)) == {"a": 1}


@pytest.mark.parametrize(("how", "status"), [("segfault", -signal.SIGSEGV), ("exit", 7)])
def test_how_a_host_ended_is_reported_and_the_next_comes_from_the_same_template(
    server: Nursery, how: str, status: int
) -> None:
    line = server.line(POISON)
    first = line.host()
    first.channel.send("run", _header(), json.dumps({"how": how}).encode())
    assert first.status == status
    second = line.host()
    assert _asked(second, "pid") == second.pid
    assert psutil.Process(second.pid).ppid() == line.template
    assert psutil.Process(line.template).ppid() == server.process.pid


def _header() -> dict[str, object]:
    header = {"id": "1", "agent": "poison", "org_id": "o", "module_id": "m", "attempt": 1}
    return {**header, "timeout_s": 30, "config": "{}", "secrets": {}, "approvals": {}}


def test_two_hundred_crashes_leave_neither_files_nor_zombies(server: Nursery) -> None:
    line = server.line(ECHO)
    line.host().wait_for("ready")
    template = line.template
    before = _files(template), _files(server.process.pid)
    for _ in range(200):
        host = line.host()
        os.kill(host.pid, signal.SIGKILL)
        assert host.status == -signal.SIGKILL
        host.end()
    wait_until(
        lambda: len(psutil.Process(template).children()) == 1, what="all but one host are buried"
    )
    assert (_files(template), _files(server.process.pid)) == before
    assert line.template == template


def test_a_host_holds_its_channel_and_nothing_of_others(server: Nursery) -> None:
    line = server.line(POISON)
    others = [line.host() for _ in range(5)]
    for other in others:
        other.wait_for("ready")
    host = line.host()
    files = _asked(host, "open_files")
    assert isinstance(files, list)
    assert len([name for name in files if name.startswith("socket:")]) <= 3  # asyncio has a pair
    assert len(files) <= 8
    environment = _asked(host, "environment")
    assert isinstance(environment, dict)
    assert environment.keys() <= {"PATH", "PYTHONPATH", "LC_CTYPE"}


def test_a_host_leads_a_session_of_its_own_with_limits(server: Nursery) -> None:
    host = server.line(ECHO).host()
    host.wait_for("ready")
    status = Path(f"/proc/{host.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert os.getsid(host.pid) == os.getpgid(host.pid) == host.pid
    assert Path(f"/proc/{host.pid}/oom_score_adj").read_text() == "1000\n"


def test_hosts_of_a_worker_that_is_gone_die_and_others_live(server: Nursery) -> None:
    mine, other = server.line(ECHO), server.line(ECHO)
    hosts = [mine.host(), mine.host()]
    pids = [host.pid for host in hosts]
    spared = other.host()
    os.kill(pids[0], signal.SIGSTOP)
    mine.sock.close()  # what the kernel does for a killed worker
    wait_until(lambda: all(map(_is_dead, pids)), seconds=5, what="its hosts are dead")
    spared.wait_for("ready")


def test_hosts_die_with_their_template_and_a_new_one_takes_its_place(server: Nursery) -> None:
    line = server.line(ECHO)
    pid, template = line.host().pid, line.template
    os.kill(template, signal.SIGKILL)
    wait_until(lambda: _is_dead(pid), seconds=30, what="its host is dead")
    lines = []

    def a_new_one_serves() -> bool:
        """Whoever comes before the nursery has noticed is sent to the dead one, and asks again."""
        lines.append(server.line(ECHO))
        with contextlib.suppress(AssertionError):
            return bool(lines[-1].host().wait_for("ready"))
        return False

    wait_until(a_new_one_serves, what="a new template serves")
    assert lines[-1].template != template


def test_everything_ends_once_nobody_can_knock(server: Nursery) -> None:
    line = server.line(ECHO)
    pids = [line.host().pid, line.template]
    server.door.close()
    assert server.process.wait(timeout=5) == 0
    wait_until(lambda: all(map(_is_dead, pids)), seconds=30, what="all are dead")


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError('no')",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import threading as t, time; t.Thread(target=time.sleep, args=[9], daemon=True).start()",
        "import socket; it = socket.socket()",
    ],
)
def test_imports_that_harm_a_template_are_left_to_the_hosts(tmp_path: Path, code: str) -> None:
    """They fail, or start what a fork must not have. Agents of another kind do not notice."""
    (tmp_path / "harmful.py").write_text(f"{code}\nfrom agents.echo import Echo\n")
    with nursery(path=tmp_path) as server:
        line = server.line({"harmful": "harmful:Echo"})
        host = line.host()
        fails = "raise" in code or "SEGV" in code
        if fails:
            assert host.status == (-signal.SIGSEGV if "SEGV" in code else 70)
        else:
            assert json.loads(bytes(host.run("harmful", '{"a": 1}').body)) == {"a": 1}
        assert server.line(ECHO).host().run("echo", "{}").header["status"] == "completed"


def test_hosts_of_one_template_draw_different_numbers(tmp_path: Path) -> None:
    (tmp_path / "dice.py").write_text(
        "import random, numpy.random\n"
        "from agents import BaseAgent\n"
        "class Dice(BaseAgent):\n"
        "    async def execute(self, input_data):\n"
        "        return [random.random(), float(numpy.random.random())]\n"
    )
    with nursery(path=tmp_path) as server:
        line: Line = server.line({"dice": "dice:Dice"})
        drawn = [json.loads(bytes(line.host().run("dice", "{}").body)) for _ in range(3)]
    assert len({first for first, _ in drawn}) == len({second for _, second in drawn}) == 3
