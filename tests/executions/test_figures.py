"""Figures of what ended: whatever was kept meanwhile, they say what the ledger says."""

import json
import math
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection

from executions import figures, retention, rolling, sql
from executions.models import Hour, Run
from tests import databases, factories
from tests.factories import Org

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def orgs(db: None) -> tuple[Org, Org]:
    with connection.cursor() as cursor:
        return factories.organization(cursor), factories.organization(cursor, name="Globex")


@pytest.fixture
def module(orgs: tuple[Org, Org]) -> str:
    with connection.cursor() as cursor:
        return factories.module(cursor, org=orgs[0])


def ended(
    org: Org, module_id: str, outcome: str = "completed", *, minutes_ago: float = 30,
    took_s: float | None = 1, usage: Any = None,
) -> str:  # fmt: skip
    with connection.cursor() as cursor:
        id_ = factories.queued_run(cursor, org=org, module_id=module_id)
        cursor.execute(
            "UPDATE executions_run SET state = 'done', outcome = %(outcome)s, usage = %(usage)s,"
            " finished_at = now() - make_interval(secs => %(ago)s),"
            " claimed_at = now() - make_interval(secs => %(ago)s + %(took)s::float8)"
            " WHERE execution_id = %(id)s",
            {
                "id": id_, "outcome": outcome, "ago": minutes_ago * 60, "took": took_s,
                "usage": None if usage is None else json.dumps(usage),
            },
        )  # fmt: skip
    return id_


def of(org: Org | None, *, since: datetime = LONG_AGO) -> figures.Figures:
    return figures.total(None if org is None else [org.id], since=since)


def test_kept_or_not_the_figures_are_the_same(orgs: tuple[Org, Org], module: str) -> None:
    """Ends of two days, counted before, between and after three rolls."""
    org, _ = orgs
    draw = random.Random(7)
    for _ in range(3):
        for _ in range(20):
            minutes = draw.choice([0, 2, 50, 70, 600, 2900])
            ended(org, module, draw.choice(figures.OUTCOMES), minutes_ago=minutes)
    before = of(org)
    assert before.runs == 60
    with connection.cursor() as cursor:
        cursor.execute(sql.read("first_figures.sql"))
        for _ in range(3):
            cursor.execute(sql.read("roll.sql"))
            assert of(org) == before
    assert rolling.roll()
    assert of(org) == before
    assert Hour.objects.for_org(org.id).count() > 1
    assert rolling.roll()
    assert of(org) == before


def test_the_cost_of_a_month_is_the_same_whatever_was_kept(
    orgs: tuple[Org, Org], module: str
) -> None:
    org, other = orgs
    with connection.cursor() as cursor:
        theirs = factories.module(cursor, org=other)
    ended(other, theirs, usage=[{"cost_usd": 8}])
    for minutes in (2, 90, 3000):
        ended(org, module, minutes_ago=minutes, usage=[{"cost_usd": 1.5}])
    for _ in range(2):
        assert figures.cost_usd([org.id], since=LONG_AGO) == of(org).cost_usd == Decimal("4.5")
        assert figures.cost_usd([org.id, other.id], since=LONG_AGO) == Decimal("12.5")
        assert figures.cost_usd(None, since=LONG_AGO) >= Decimal("12.5")
        recently = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        assert figures.cost_usd([org.id], since=recently) == of(org, since=recently).cost_usd
        rolling.roll()


def test_what_ends_after_a_roll_is_added_to_its_hour(orgs: tuple[Org, Org], module: str) -> None:
    org, _ = orgs
    ended(org, module, minutes_ago=3)
    rolling.roll()
    with connection.cursor() as cursor:  # as if that had been two minutes ago
        cursor.execute("UPDATE executions_figuresuntil SET until = until - interval '90 seconds'")
    ended(org, module, "failed", minutes_ago=1.5)
    rolling.roll()
    assert (of(org).outcomes["completed"], of(org).outcomes["failed"]) == (1, 1)
    assert sum(h.completed + h.failed for h in Hour.objects.for_org(org.id)) == 2


def test_an_end_that_is_being_committed_is_left_for_the_next_roll(
    orgs: tuple[Org, Org], module: str
) -> None:
    org, _ = orgs
    ended(org, module, minutes_ago=0.5)
    rolling.roll()
    assert not Hour.objects.for_org(org.id).exists()
    assert of(org).runs == 1


def test_each_organization_has_its_own(orgs: tuple[Org, Org], module: str) -> None:
    acme, globex = orgs
    ended(acme, module)
    assert of(globex).runs == 0
    rolling.roll()
    assert of(globex).runs == 0
    assert of(acme).runs == 1
    assert of(None).runs >= 1
    assert figures.total([], since=LONG_AGO).runs == 0


def test_modules_and_hours_are_told_apart(orgs: tuple[Org, Org], module: str) -> None:
    org, _ = orgs
    with connection.cursor() as cursor:
        other = factories.module(cursor, org=org)
    ended(org, module, minutes_ago=130)
    ended(org, other, "failed", minutes_ago=5)
    found = figures.by_module([org.id], since=LONG_AGO)
    assert {m: f.outcomes["failed"] for m, f in found.items()} == {module: 0, other: 1}
    assert len(figures.by_hour([org.id], since=LONG_AGO)) == 2
    assert set(figures.by_module([org.id], since=LONG_AGO, module_ids=[other])) == {other}
    assert figures.by_org(None, since=LONG_AGO)[org.id].runs == 2


def test_hours_before_are_left_out(orgs: tuple[Org, Org], module: str) -> None:
    org, _ = orgs
    ended(org, module, minutes_ago=60 * 50)
    ended(org, module, minutes_ago=5)
    since = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=24)
    assert of(org, since=since).runs == 1
    rolling.roll()
    assert of(org, since=since).runs == 1


def test_the_success_rate_leaves_out_what_somebody_cancelled(
    orgs: tuple[Org, Org], module: str
) -> None:
    org, _ = orgs
    assert of(org).success_rate is None
    for outcome in ("completed", "completed", "completed", "lost", "cancelled"):
        ended(org, module, outcome)
    assert of(org).success_rate == 0.75
    assert of(org).failures == 1


@pytest.mark.parametrize("seed", range(4))
def test_percentiles_are_within_a_fifth(orgs: tuple[Org, Org], module: str, seed: int) -> None:
    org, _ = orgs
    draw = random.Random(seed)
    times = sorted(draw.lognormvariate(0, 2) + 0.002 for _ in range(60))
    for took_s in times:
        ended(org, module, took_s=took_s)
    for part in (0.5, 0.95):
        true = times[math.ceil(part * len(times)) - 1]
        found = of(org).percentile_s(part)
        assert found is not None
        assert abs(found / true - 1) < 0.2


def test_runs_that_never_started_have_no_duration(orgs: tuple[Org, Org], module: str) -> None:
    org, _ = orgs
    ended(org, module, "cancelled", took_s=None)
    assert of(org).percentile_s(0.5) is None
    assert of(org).runs == 1


def test_costs_and_tokens_are_summed_and_nonsense_is_passed_over(
    orgs: tuple[Org, Org], module: str
) -> None:
    org, _ = orgs
    ended(org, module, usage=[{"cost_usd": 0.25, "input_tokens": 10, "output_tokens": 5},
                              {"cost_usd": 0.5}])  # fmt: skip
    ended(org, module, usage=[{"cost_usd": "much", "input_tokens": None}, 7, "x"])
    ended(org, module, usage={"cost_usd": 9})
    for _ in range(2):
        assert (float(of(org).cost_usd), of(org).tokens) == (0.75, 15)
        rolling.roll()


def test_two_that_roll_at_once_count_everything_once(
    queue: psycopg.Connection[Any], queue_database: dict[str, Any]
) -> None:
    org = factories.organization(queue)
    module_id = factories.module(queue, org=org)
    id_ = factories.queued_run(queue, org=org, module_id=module_id)
    queue.execute(
        "UPDATE executions_run SET state = 'done', outcome = 'completed',"
        " finished_at = now() - interval '10 minutes' WHERE execution_id = %s",
        [id_],
    )
    queue.execute("TRUNCATE executions_hour, executions_figuresuntil")
    queue.execute(sql.read("first_figures.sql"))
    with databases.connect(queue_database) as other, other.transaction():
        other.execute(sql.read("roll.sql"))
        assert queue.execute(sql.read("roll.sql")).fetchall() == [], "the other one is at it"
    queue.execute(sql.read("roll.sql"))
    assert queue.execute("SELECT sum(completed) FROM executions_hour").fetchone() == (1,)


def test_figures_outlive_the_runs(orgs: tuple[Org, Org], module: str, settings: Any) -> None:
    org, _ = orgs
    id_ = ended(org, module, minutes_ago=60 * 24 * 10)
    Run.objects.for_org(org.id).filter(execution_id=id_).update(
        queued_at=datetime.now(UTC) - timedelta(days=10)
    )
    settings.RETENTION_DAYS, settings.EVENT_RETENTION_DAYS = 5, 0
    assert retention.prune().runs == 1
    assert of(org).runs == 1


def test_figures_of_a_deleted_organization_go(orgs: tuple[Org, Org], module: str) -> None:
    org, _ = orgs
    ended(org, module)
    rolling.roll()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.organizations WHERE id = %s", [org.id])
    retention.prune()
    assert not Hour.objects.for_org(org.id).exists()
