"""`python -m benchmarks.memory`: how much of the memory each process has, and what it is.

Our installation alone, as shipped: when it has started, and after 500 calls that each waited for
two seconds, three times. Then what the web server and the cluster import, by package. The
comparison (`make bench`) gives the sum.

Pss_File is what the files of libraries take, shared with every process on the machine that maps
them, also with somebody else's: compare Pss_Anon. Private_Dirty is a process's own alone; it is
what ending this process would save.
"""

import argparse
import secrets
import uuid
from contextlib import ExitStack
from pathlib import Path

import psutil

from benchmarks import imports
from benchmarks.databases import Tenant
from benchmarks.installation import ours
from benchmarks.processes import Process, allow_many_files, free_port, python, wait_listening
from benchmarks.systems import System
from benchmarks.workloads import Turn, measured

_COLUMNS = ("Pss", "Pss_Anon", "Pss_File", "Private_Dirty")
_MEMBERS = ("worker", "worker", "monitor", "pusher")
"""In the order in which django-q2's sentinel forks them."""


def main() -> None:
    wanted = _arguments()
    allow_many_files()
    tenant = Tenant(org_id=uuid.uuid4().hex, key=f"abw_{secrets.token_hex(32)}")
    with ExitStack() as stack:
        system = ours(tenant)
        stack.callback(system.end)
        system.start()
        _show("started", system)
        _waits(system, stack, callers=wanted.callers, rounds=wanted.rounds)
        _show(f"after {wanted.callers} waits, {wanted.rounds} times", system)
    for whose in imports.WHOM:
        print(f"\nimported by the {whose}, MB")
        for package, megabytes in imports.by_package(whose, most=wanted.packages):
            print(f"{package:<28}{megabytes:8.1f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--callers", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--packages", type=int, default=12, help="rows of each table of imports")
    return parser.parse_args()


def _waits(system: System, stack: ExitStack, *, callers: int, rounds: int) -> None:
    """As in the comparison: a warm-up, then everybody at once."""
    port = free_port()
    server = Process("slow-server", python("-m", "benchmarks.slow_server", str(port)), grace_s=2)
    stack.callback(server.end)
    wait_listening(server, port, seconds=10)
    turn, url = Turn(name=system.name, system=system), f"http://127.0.0.1:{port}"
    for _ in range(rounds):
        few = min(callers, 100)
        measured(turn, system.load("fetch", {"url": f"{url}/0"}, callers=few, calls=3))
        outcome = measured(
            turn, system.load("fetch", {"url": f"{url}/2"}, callers=callers, calls=1)
        )
        if outcome.errors:
            raise RuntimeError(f"the waits failed: {outcome.first_errors}")


def _processes(system: System) -> list[tuple[str, psutil.Process]]:
    """Every process with its name."""
    [server, *_], [leader, *below] = (process.family() for process in system.processes)
    named, members = [("web", server), ("main", leader)], list(_MEMBERS)
    for process in sorted(below, key=lambda process: (process.create_time(), process.pid)):
        name = process.name()
        if not name.startswith("agent-"):
            name = "sentinel" if process.ppid() == leader.pid else members.pop(0)
        named.append((name, process))
    return named


def _show(when: str, system: System) -> None:
    rows = [(name, _rollup(process.pid)) for name, process in _processes(system)]
    total = {column: sum(found[column] for _, found in rows) for column in _COLUMNS}
    print(f"\n{when + ', MB':<36}" + "".join(f"{column:>15}" for column in _COLUMNS))
    for name, found in [*rows, ("together", total)]:
        print(f"{name:<36}" + "".join(f"{found[column]:15.1f}" for column in _COLUMNS))


def _rollup(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = (line.split() for line in lines)
    return {name.rstrip(":"): int(kilobytes) * 1024 / 1_000_000 for name, kilobytes, _ in sizes}


if __name__ == "__main__":
    main()
