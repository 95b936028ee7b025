"""What workers announce to who watches, and that they announce nothing to nobody."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from executions import audience, claims
from executions.audience import Audience
from executions.claims import Claimed
from tests import databases, factories

Queue = psycopg.Connection[Any]


@pytest.fixture
def runs(queue: Queue) -> list[Claimed]:
    """One each of two organizations."""
    for name in ("Acme", "Globex"):
        org = factories.organization(queue, name=name)
        factories.queued_run(queue, org=org, module_id=factories.module(queue, org=org))
    return claims.claim(queue, lane="io", most=2, worker="w", lease_s=20, after="")


@pytest.fixture
def hearing(queue_database: dict[str, Any]) -> Iterator[Queue]:
    with databases.connect(queue_database) as conn:
        conn.execute("LISTEN run_changed")
        yield conn


def heard(hearing: Queue) -> list[str]:
    """All that was announced before this."""
    hearing.execute("SELECT 1")
    return [note.payload for note in hearing.notifies(timeout=0)]


def test_nobody_is_told_what_nobody_watches(
    queue: Queue, hearing: Queue, runs: list[Claimed]
) -> None:
    unwatched = Audience()
    unwatched.changed(runs)
    queue.close()  # nothing needs it
    unwatched.tell(queue)
    assert heard(hearing) == []


def test_a_watched_run_is_told_once_however_much_happened(
    queue: Queue, hearing: Queue, runs: list[Claimed]
) -> None:
    acme, globex = runs
    told = Audience()
    told.watches(acme.org_id)
    for _ in range(3):
        told.changed([acme, globex])
    told.tell(queue)
    told.tell(queue)
    assert heard(hearing) == [f"{acme.org_id} {acme.execution_id}"]


def test_who_is_not_heard_of_any_more_watches_no_more(
    queue: Queue, hearing: Queue, runs: list[Claimed], monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, globex = runs
    told = Audience()
    told.watches(acme.org_id)
    monkeypatch.setattr(audience, "_REMEMBERED_S", -1.0)
    told.watches(globex.org_id)
    told.changed([globex])
    told.tell(queue)
    assert heard(hearing) == []
    told.changed([acme])
    told.tell(queue)
    assert heard(hearing) == [f"{acme.org_id} {acme.execution_id}"]
