"""What is pruned: old logs, and old runs with what hangs on them. Nothing young, nothing that has
not ended, nothing of the gateway's."""

import io
from datetime import timedelta
from typing import Any, Protocol

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_q.models import Schedule

from executions import retention, schedule_clock, version_pruning
from executions.models import Event, ModuleExecution, Run
from executions.step_models import Approval, Step
from modules.config_version import ConfigVersion
from platform_agents.tenancy import audit
from platform_agents.tenancy.audit import AuditEntry
from tests import factories
from tests.factories import Org

_DAY_S = 86_400


@pytest.fixture
def org(db: None) -> Org:
    with connection.cursor() as cursor:
        return factories.organization(cursor)


@pytest.fixture
def other(db: None) -> Org:
    with connection.cursor() as cursor:
        return factories.organization(cursor, name="Globex")


def run(org: Org, *, days_ago: float, state: str = "done", took_days: float = 0) -> str:
    """A run with an event, a step and an approval of the same age."""
    with connection.cursor() as cursor:
        module_id = factories.module(cursor, org=org)
        id_ = factories.queued_run(cursor, org=org, module_id=module_id)
        given = {"id": id_, "org": org.id, "ago": days_ago * _DAY_S, "took": took_days * _DAY_S}
        ended = (
            ", state = 'done', outcome = 'completed',"
            " finished_at = now() - make_interval(secs => %(ago)s - %(took)s)"
        )
        cursor.execute(
            "UPDATE executions_run SET queued_at = now() - make_interval(secs => %(ago)s)"
            f"{ended if state == 'done' else ''} WHERE execution_id = %(id)s",
            given,
        )
        cursor.execute(
            "INSERT INTO executions_event (execution_id, org_id, attempt, kind, at)"
            " VALUES (%(id)s, %(org)s, 1, 'log', now() - make_interval(secs => %(ago)s))",
            given,
        )
        cursor.execute(
            "INSERT INTO executions_step (execution_id, org_id, step, status, attempt)"
            " VALUES (%(id)s, %(org)s, 'one', 'completed', 1)",
            given,
        )
        cursor.execute(
            "INSERT INTO executions_approval (execution_id, org_id, step, title, expires_at)"
            " VALUES (%(id)s, %(org)s, 'ask', 'May we?', now())",
            given,
        )
    return id_


def left(org: Org) -> dict[str, set[str]]:
    """Executions of which there is anything left, by table."""
    tables = {"run": Run, "event": Event, "step": Step, "approval": Approval}
    return {
        name: set(model.objects.for_org(org.id).values_list("execution_id", flat=True))
        for name, model in tables.items()
    }


def only(*executions: str) -> dict[str, set[str]]:
    """What `left` says when these are whole and nothing else is there."""
    return {table: set(executions) for table in ("run", "event", "step", "approval")}


class Keep(Protocol):
    def __call__(self, *, runs: int = 0, events: int = 0) -> None: ...


@pytest.fixture
def keep(settings: Any) -> Keep:
    """Sets for how many days."""

    def days(*, runs: int = 0, events: int = 0) -> None:
        settings.RETENTION_DAYS, settings.EVENT_RETENTION_DAYS = runs, events

    return days


def test_old_logs_go_and_their_runs_stay(org: Org, keep: Keep) -> None:
    old, young = run(org, days_ago=31), run(org, days_ago=29)
    keep(events=30)
    assert retention.prune() == retention.Pruned(events=1, runs=0, versions=0, complete=True)
    assert left(org)["event"] == {young}
    assert left(org)["run"] == {old, young}


def test_old_runs_go_with_all_that_hangs_on_them(org: Org, keep: Keep) -> None:
    old, young = run(org, days_ago=91), run(org, days_ago=89)
    keep(runs=90)
    assert retention.prune().runs == 1
    assert left(org) == only(young)
    gateway = ModuleExecution.objects.for_org(org.id).values_list("id", flat=True)
    assert set(gateway) == {old, young}, "the gateway's rows are the gateway's"


def test_what_has_not_ended_keeps_everything(org: Org, keep: Keep) -> None:
    waiting = run(org, days_ago=400, state="queued")
    keep(runs=1, events=1)
    retention.prune()
    assert left(org) == only(waiting)


def test_age_counts_from_the_end(org: Org, keep: Keep) -> None:
    """One that was queued a year ago, waited for an approval, and ended yesterday."""
    run(org, days_ago=365, took_days=364)
    keep(runs=90)
    assert retention.prune().runs == 0


def test_zero_days_keep_for_ever(org: Org, keep: Keep) -> None:
    old = run(org, days_ago=4000)
    keep()
    assert retention.prune() == retention.Pruned(events=0, runs=0, versions=0, complete=True)
    assert left(org)["event"] == {old}


def test_nothing_is_kept_of_a_deleted_organization(org: Org, other: Org, keep: Keep) -> None:
    run(org, days_ago=1)
    unaffected = run(other, days_ago=1)
    keep()
    for one in (org.id, other.id, None):
        audit.record("module.saved", by="ann", model="m", object_id="1", org_id=one)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.organizations WHERE id = %s", [org.id])
    retention.prune()
    assert left(org) == only()
    assert left(other)["run"] == {unaffected}
    audited = AuditEntry.objects.unscoped("all that is left").values_list("org_id", flat=True)
    assert set(audited) == {other.id, ""}


def audited(org_id: str, *, days_ago: int) -> None:
    audit.record("module.saved", by="ann", model="m", object_id=str(days_ago), org_id=org_id)
    entries = AuditEntry.objects.unscoped("of nobody's organization, too")
    entries.filter(object_id=str(days_ago)).update(at=timezone.now() - timedelta(days=days_ago))


def test_the_audit_is_kept_for_ever_unless_somebody_says_for_how_long(
    org: Org, settings: Any
) -> None:
    for days_ago in (31, 29):
        audited(org.id, days_ago=days_ago)
        audited("", days_ago=days_ago)
    entries = AuditEntry.objects.unscoped("all that is left")
    assert settings.AUDIT_DAYS == 0
    assert retention.prune().audit == 0
    settings.AUDIT_DAYS = 30
    assert retention.prune().audit == 2
    assert set(entries.values_list("object_id", flat=True)) == {"29"}


def test_sessions_that_have_expired_go(db: None) -> None:
    for key, hours in (("old", -1), ("young", 1)):
        Session.objects.create(
            session_key=key, session_data="", expire_date=timezone.now() + timedelta(hours=hours)
        )
    assert retention.prune().sessions == 1
    assert Session.objects.get().session_key == "young"


def test_versions_of_configs_go_in_the_same_hour(
    org: Org, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CONFIG_VERSIONS_KEPT = 2
    monkeypatch.setattr(version_pruning, "_AT_ONCE", 2)
    with connection.cursor() as cursor:
        module_id = factories.module(cursor, org=org)
        cursor.execute(
            "INSERT INTO modules_config_version "
            "(module_id, org_id, version, python_module, author, created_at) "
            "SELECT %s, %s, n, 'echo', 'ann', now() - interval '1 day' "
            "FROM generate_series(1, 7) n",
            [module_id, org.id],
        )
    assert retention.prune().versions == 5
    kept = ConfigVersion.objects.for_org(org.id).values_list("version", flat=True)
    assert set(kept) == {6, 7}


def test_more_than_a_batch_goes_at_once(
    org: Org, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 3)
    monkeypatch.setattr(retention, "_RUNS_AT_ONCE", 3)
    kept = run(org, days_ago=50, state="queued")
    for _ in range(8):
        run(org, days_ago=50)
    young = run(org, days_ago=1)
    keep(events=30)
    assert retention.prune().events == 8
    assert left(org)["event"] == {kept, young}
    keep(runs=30)
    assert retention.prune().runs == 8
    assert left(org)["run"] == {kept, young}


def test_an_hour_without_time_still_makes_progress(
    org: Org, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_MOST_S", 0)
    monkeypatch.setattr(retention, "_RUNS_AT_ONCE", 1)
    for _ in range(3):
        run(org, days_ago=50)
    keep(runs=30)
    assert retention.prune() == retention.Pruned(events=0, runs=1, versions=0, complete=False)


def test_the_command_goes_on_until_nothing_is_left(
    org: Org, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_MOST_S", 0)
    monkeypatch.setattr(retention, "_RUNS_AT_ONCE", 1)
    for _ in range(3):
        run(org, days_ago=50)
    keep(runs=30)
    out = io.StringIO()
    call_command("prune", stdout=out)
    assert out.getvalue() == (
        "Deleted 0 events, 3 runs, 0 versions of configs, 0 entries of the audit and 0 sessions.\n"
    )


def test_each_cluster_makes_sure_that_it_is_scheduled(db: None) -> None:
    schedule_clock.ensure_rows()
    schedule_clock.ensure_rows()
    [row] = Schedule.objects.filter(func="executions.retention.prune")
    assert (row.schedule_type, row.minutes) == (Schedule.MINUTES, 60)
