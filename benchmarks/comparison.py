"""The comparison from end to end: databases, systems, workloads in turn, whatever happens an end.

All systems are started once and idle while another one has its turn.
"""

import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks import backlog, costs, redis_server, waits, workloads
from benchmarks.databases import Database, Tenant, check_rows
from benchmarks.figures import Case, latency
from benchmarks.floor import floor_database
from benchmarks.installation import ours
from benchmarks.lone import expected_rows, lone_runs
from benchmarks.peers import systems as peers
from benchmarks.systems import System
from benchmarks.workloads import Plan, Turn

WORKLOADS = ("noop", "lone", "waits", "describe", "payload", "backlog", "idle", "memory")
"""In the order they run. The memory is looked at among the waits, too: before anybody used pandas
or sent a megabyte."""


@dataclass(kw_only=True)
class Contestants:
    """Everybody who takes part. The turns have our submit only as a column of its own."""

    turns: list[Turn]
    floor: Database
    ours: System
    redis_version: str | None
    skipped: list[str] = field(default_factory=list)

    @property
    def answering(self) -> list[Turn]:
        return [turn for turn in self.turns if turn.wait]

    @property
    def queueing(self) -> list[Turn]:
        return [turn for turn in self.answering if turn.name in ("ours", "celery-prefork")]

    @property
    def with_workers(self) -> list[Turn]:
        return [turn for turn in self.answering if turn.system.workers]


@contextmanager
def contestants(say: Callable[[str], None]) -> Iterator[Contestants]:
    """Started and answering; ended in the reverse order, also after a failure or Ctrl-C."""
    tenant = Tenant(org_id=uuid.uuid4().hex, key=f"abw_{secrets.token_hex(32)}")
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server.running())
        mine = ours(tenant)
        systems = [mine, peers.in_process(tenant)]
        if redis is not None:
            systems[1:1] = [peers.celery_prefork(tenant, redis), peers.celery_gevent(tenant, redis)]
            stack.callback(lambda: [system.forget() for system in systems])
        for system in systems:
            say(f"starting {system.title}")
            stack.callback(system.end)
            system.start()
        turns = [Turn(name=system.name, system=system) for system in systems]
        turns.insert(1, Turn(name="ours-submit", system=mine, wait=False))
        yield Contestants(
            turns=turns, floor=floor_database(tenant), ours=mine,
            redis_version=redis.version() if redis else None,
            skipped=[] if redis else [redis_server.MISSING],
        )  # fmt: skip


def run(everybody: Contestants, plan: Plan, only: Sequence[str]) -> Iterator[Case]:
    """The cases of the wanted workloads, as they are finished."""
    for name in WORKLOADS:
        if name in only:
            yield from _RUN[name](everybody, plan)


def _lone(everybody: Contestants, plan: Plan) -> Iterator[Case]:
    before = everybody.ours.database.rows(), everybody.floor.rows()
    calls = plan.calls * 10
    rounds = lone_runs(everybody.floor, everybody.ours, rounds=plan.rounds, calls=calls)
    runs = expected_rows(rounds=plan.rounds, calls=calls)
    for name, database, rows in zip(
        ("ours", "floor"), (everybody.ours.database, everybody.floor), before, strict=True
    ):
        check_rows(name, before=rows, after=database.settled_rows(seconds=10), runs=runs)
    case = Case(workload="lone run", title="no web, 1 caller")
    for name, found in rounds.items():
        for seconds in found:
            case.add(name, latency(seconds))
    yield case


def _waits(everybody: Contestants, plan: Plan) -> Iterator[Case]:
    def memory(callers: int) -> Iterator[Case]:
        if callers == plan.memory_after:
            yield costs.memory(everybody.answering, f"after {callers} waits")

    yield from waits.waits(everybody.answering, plan, memory)


_RUN: dict[str, Callable[[Contestants, Plan], Iterator[Case]]] = {
    "noop": lambda everybody, plan: workloads.noop(everybody.turns, plan),
    "lone": _lone,
    "describe": lambda everybody, plan: workloads.describe(everybody.answering, plan),
    "payload": lambda everybody, plan: workloads.payload(everybody.answering, plan),
    "waits": _waits,
    "backlog": lambda everybody, plan: iter([backlog.backlog(everybody.queueing, plan)]),
    "idle": lambda everybody, plan: iter([costs.idle(everybody.with_workers, seconds=plan.idle_s)]),
    "memory": lambda everybody, _: iter([costs.memory(everybody.answering, "at the end")]),
}
