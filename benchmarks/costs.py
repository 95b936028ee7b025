"""What a system costs besides time: its memory after the waits, and what it does when idle.

Memory is PSS (shared pages counted once, in parts) of the web process, the workers and everything
below them, with the Redis that the Celery peers need. Queries are counted by PostgreSQL itself.
"""

import time
from contextlib import suppress

import psutil

from benchmarks.databases import Database
from benchmarks.figures import Case
from benchmarks.processes import Process
from benchmarks.workloads import Turn

_STATISTICS_S = 15
_TRANSACTIONS = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s"


def memory(turns: list[Turn], when: str) -> Case:
    case = Case(workload="memory", title=f"{when}, whole system")
    for turn in turns:
        processes = [*turn.system.processes, *turn.system.shared]
        try:
            case.add(turn.name, {"PSS MB": sum(map(_pss_mb, processes))})
        except psutil.AccessDenied:
            case.notes[turn.name] = "its processes hide their memory; run as root to see it"
    return case


def idle(turns: list[Turn], *, seconds: float) -> Case:
    """All systems at once: nobody asks anything of any of them."""
    time.sleep(min(_STATISTICS_S, seconds * 5))  # statistics reach the view late
    before = [(_transactions(turn.system.database), _cpu_s(turn)) for turn in turns]
    start = time.monotonic()
    time.sleep(seconds)
    elapsed = time.monotonic() - start
    case = Case(workload="idle", title=f"{seconds:g} s without calls")
    for turn, (transactions, cpu_s) in zip(turns, before, strict=True):
        more = _transactions(turn.system.database) - transactions
        now = _cpu_s(turn)  # of those that were there all the time: a host may have ended
        cpu = 100 * sum(now[pid] - cpu_s[pid] for pid in now.keys() & cpu_s.keys()) / elapsed
        case.add(turn.name, {"queries/s": more / elapsed, "worker CPU %": cpu})
    return case


def _pss_mb(process: Process) -> float:
    total = 0
    for member in process.family():
        with suppress(psutil.NoSuchProcess):
            total += member.memory_full_info().pss
    return total / 1_000_000


def _cpu_s(turn: Turn) -> dict[int, float]:
    """By process id."""
    found: dict[int, float] = {}
    for process in turn.system.worker_processes:
        for member in process.family():
            with suppress(psutil.NoSuchProcess):
                times = member.cpu_times()
                found[member.pid] = times.user + times.system
    return found


def _transactions(database: Database) -> int:
    """Asked in another database, so that asking does not count."""
    with Database(host=database.host, name="postgres").connect() as db:
        [count] = db.execute(_TRANSACTIONS, [database.name]).fetchone() or [0]
    return int(count)
