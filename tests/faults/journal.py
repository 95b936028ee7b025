"""What was promised: the caller's own list of accepted executions, the agents' list of starts, and
the comparison of both with the rows afterwards."""

import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until

_HERE = Path(__file__).parent
_CLOCK_S = 0.05
"""How far a line of an agent may seem to lie behind the database's clock."""


@dataclass(frozen=True, kw_only=True)
class Start:
    attempt: int
    at: float


@dataclass(frozen=True, kw_only=True)
class Fate:
    """The rows of one promised execution."""

    id: str
    state: str | None
    outcome: str | None
    attempt: int
    finished_at: float
    status: str | None
    output: Any
    error: str | None
    ends: int
    row_ends: int

    def agrees_with(self, answer: dict[str, Any]) -> bool:
        mine = (self.status, self.output, self.error)
        return mine == (answer["status"], answer["output"], answer["error"])


@dataclass(kw_only=True)
class Journal:
    """Callers from many threads may write into it at once."""

    live: Live
    file: Path
    promised: dict[str, int] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def install_audit(self) -> None:
        self.live.db.execute((_HERE / "audit.sql").read_text())

    def call(
        self, org: Org, n: int, *, agent: str = "witness", sleep_s: float = 0, prefer: str = ""
    ) -> httpx.Response:
        """One POST /execute, written down when it was accepted."""
        wanted = {"n": n, "journal": str(self.file), "sleep_s": sleep_s}
        response = self.live.execute(org, agent, wanted, prefer=prefer)
        if response.status_code in {200, 202}:
            with self.lock:
                self.promised[response.json()["execution_id"]] = n
        if response.status_code == 200:
            self.heard(response.json())
        return response

    def submit(
        self, org: Org, count: int, *, agent: str = "witness", sleep_s: float = 0
    ) -> list[str]:
        """This many, accepted for sure; their ids."""
        ids = []
        for n in range(count):
            response = self.call(org, n, agent=agent, sleep_s=sleep_s, prefer="respond-async")
            assert response.status_code == 202, response.text
            ids.append(response.json()["execution_id"])
        return ids

    def heard(self, answer: dict[str, Any]) -> None:
        """A terminal answer that a caller saw: it must hold for ever."""
        with self.lock:
            self.answers.append(answer)

    def unfinished(self) -> set[str]:
        done = self.live.db.execute(
            "SELECT execution_id FROM executions_run WHERE state = 'done' "
            "AND execution_id = ANY (%s)",
            [list(self.promised)],
        )
        return set(self.promised) - {row[0] for row in done}

    def settle(self, *, seconds: float) -> None:
        """Until everything promised is terminal or the time is over; see the verdict for which."""

        def settled() -> bool:
            try:
                return not self.unfinished()
            except psycopg.OperationalError:
                return False

        try:
            wait_until(settled, seconds=seconds)
        except AssertionError:
            return

    def fates(self) -> dict[str, Fate]:
        query = (_HERE / "journal.sql").read_text()
        rows = self.live.db.execute(query, {"ids": list(self.promised)})
        return {row[0]: _fate(row) for row in rows}

    def starts(self) -> dict[str, list[Start]]:
        found: dict[str, list[Start]] = defaultdict(list)
        for line in self.file.read_text().splitlines() if self.file.exists() else ():
            execution_id, attempt, what, at = line.split()
            if what == "start":
                found[execution_id].append(Start(attempt=int(attempt), at=float(at)))
        return found

    def started_twice(self, fate: Fate, starts: list[Start], *, refunds: bool) -> bool:
        """More attempts than were counted, or one that began after the end. With refunds (a polite
        stop, a crash of the database) an attempt's number may come again."""
        begun = {start.attempt for start in starts} if refunds else starts
        late = [s for s in starts if fate.state == "done" and s.at > fate.finished_at + _CLOCK_S]
        return len(begun) > fate.attempt or bool(late)


def _fate(row: tuple[Any, ...]) -> Fate:
    return Fate(
        id=row[0], state=row[1], outcome=row[2], attempt=row[3] or 0, finished_at=row[4] or 0,
        status=row[5], output=None if row[6] is None else json.loads(row[6]), error=row[7],
        ends=row[8], row_ends=row[9],
    )  # fmt: skip
