"""Slots that are due become executions, and what stands in the way is said in the schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection

from executions.models import ModuleExecution, Run
from executions.schedules import fire_due
from modules.models import ModuleSchedule, ModuleScheduleSlot
from tests import factories
from tests.executions.schedule_rows import org_with_module
from tests.executions.schedule_rows import schedule as schedule_row
from tests.factories import Org

ALL = "the test made the only schedules there are"


class Acme:
    """An organization with an echo module, and a look at its schedules."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            self.org, self.module = org_with_module(cursor)

    def schedule(self, **columns: Any) -> int:
        with connection.cursor() as cursor:
            return schedule_row(cursor, org=self.org, module_id=self.module, **columns)

    def row(self, pk: int) -> ModuleSchedule:
        return ModuleSchedule.objects.for_org(self.org.id).get(pk=pk)

    def runs(self) -> list[Run]:
        return list(Run.objects.for_org(self.org.id).order_by("execution_id"))

    def slots(self, pk: int) -> list[str]:
        rows = ModuleScheduleSlot.objects.for_org(self.org.id).filter(schedule_id=pk)
        return [row.state for row in rows.order_by("slot")]

    def sql(self, statement: str, *params: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)

    def finish_all(self) -> None:
        self.sql(
            "UPDATE executions_run SET state = 'done', outcome = 'completed', lease_until = NULL "
            "WHERE org_id = %s",
            self.org.id,
        )


@pytest.fixture
def acme(db: None) -> Acme:
    return Acme()


def test_a_due_slot_becomes_an_execution_like_any_other(acme: Acme) -> None:
    pk = acme.schedule(input_data={"n": 1})
    due = acme.row(pk).next_at
    fire_due()
    [run] = acme.runs()
    assert (run.origin, run.requested_by, run.state) == ("schedule", f"schedule:{pk}", "queued")
    row = ModuleExecution.objects.for_org(acme.org.id).get(id=run.execution_id)
    assert (row.module_id, row.status, row.input) == (acme.module, "pending", {"n": 1})
    after = acme.row(pk)
    assert due is not None
    assert (after.last_at, after.last_execution_id) == (due, run.execution_id)
    assert after.last_result == "fired"
    assert after.next_at == due + timedelta(hours=1)
    assert acme.slots(pk) == ["fired"]


def test_what_is_not_due_or_disabled_stays(acme: Acme) -> None:
    acme.schedule(late="-1 hour")
    acme.schedule(enabled=False)
    fire_due()
    assert acme.runs() == []


def test_firing_twice_fires_once(acme: Acme) -> None:
    pk = acme.schedule(overlap="allow")
    fire_due()
    fire_due()
    assert len(acme.runs()) == 1
    acme.sql("UPDATE modules_schedule SET next_at = last_at WHERE id = %s", pk)  # set back
    fire_due()
    assert len(acme.runs()) == 1
    assert acme.row(pk).next_at > datetime.now(UTC)  # type: ignore[operator]


def test_cron_is_read_on_the_clock_of_its_zone(acme: Acme) -> None:
    pk = acme.schedule(cron="30 6 * * *", interval_s=None, zone="Asia/Kathmandu")
    fire_due()
    after = acme.row(pk).next_at
    assert after is not None
    assert (after.hour, after.minute) == (0, 45)


class TestOverlap:
    def due_again(self, acme: Acme, pk: int) -> None:
        """Another slot, a second after the last one."""
        acme.sql(
            "UPDATE modules_schedule SET since = last_at - interval '3599 s', "
            "next_at = last_at + interval '1 s' WHERE id = %s",
            pk,
        )
        fire_due()

    def test_skip_leaves_the_slot_out_while_the_earlier_one_is_not_over(self, acme: Acme) -> None:
        pk = acme.schedule(overlap="skip", late="5 seconds")
        fire_due()
        self.due_again(acme, pk)
        assert len(acme.runs()) == 1
        assert acme.slots(pk) == ["fired", "skipped"]
        assert "earlier slot has not finished" in acme.row(pk).last_result
        acme.finish_all()
        self.due_again(acme, pk)
        assert acme.slots(pk) == ["fired", "skipped", "fired"]

    def test_a_running_execution_counts_like_a_queued_one(self, acme: Acme) -> None:
        pk = acme.schedule(overlap="skip", late="5 seconds")
        fire_due()
        acme.sql("UPDATE executions_run SET state = 'running', lease_until = now()")
        self.due_again(acme, pk)
        assert acme.slots(pk) == ["fired", "skipped"]

    def test_queue_starts_the_slot_after_the_earlier_one_in_order(self, acme: Acme) -> None:
        pk = acme.schedule(overlap="queue", late="5 seconds")
        fire_due()
        self.due_again(acme, pk)
        self.due_again(acme, pk)
        assert acme.slots(pk) == ["fired", "waiting", "waiting"]
        fire_due()
        assert len(acme.runs()) == 1
        acme.finish_all()
        fire_due()
        assert acme.slots(pk) == ["fired", "fired", "waiting"]
        acme.finish_all()
        fire_due()
        assert acme.slots(pk) == ["fired", "fired", "fired"]
        assert len({run.execution_id for run in acme.runs()}) == 3

    def test_a_new_slot_does_not_overtake_a_waiting_one(self, acme: Acme) -> None:
        pk = acme.schedule(overlap="queue", late="5 seconds")
        fire_due()
        self.due_again(acme, pk)
        acme.finish_all()
        self.due_again(acme, pk)
        assert acme.slots(pk) == ["fired", "fired", "waiting"]

    def test_no_more_than_a_hundred_slots_wait(self, acme: Acme) -> None:
        pk = acme.schedule(overlap="queue", late="5 seconds")
        fire_due()
        acme.sql(
            "INSERT INTO modules_schedule_slot (schedule_id, org_id, slot, state) "
            "SELECT %s, %s, now() - n * interval '1 minute', 'waiting' "
            "FROM generate_series(1, 100) n",
            pk, acme.org.id,
        )  # fmt: skip
        self.due_again(acme, pk)
        assert acme.slots(pk).count("waiting") == 100
        assert "100 slots wait already" in acme.row(pk).last_result

    def test_allow_starts_both(self, acme: Acme) -> None:
        pk = acme.schedule(overlap="allow", late="5 seconds")
        fire_due()
        self.due_again(acme, pk)
        assert len(acme.runs()) == 2
        assert acme.slots(pk) == ["fired", "fired"]

    def test_executions_of_others_do_not_count(self, acme: Acme) -> None:
        first, second = acme.schedule(), acme.schedule()
        fire_due()
        assert acme.slots(first) == acme.slots(second) == ["fired"]


class TestCatchUp:
    def test_none_skips_a_missed_slot_and_says_so(self, acme: Acme) -> None:
        pk = acme.schedule(catch_up="none", late="5 minutes")
        fire_due()
        assert acme.runs() == []
        after = acme.row(pk)
        assert "missed" in after.last_result
        assert acme.slots(pk) == ["skipped"]
        assert after.next_at > datetime.now(UTC)  # type: ignore[operator]

    def test_last_runs_the_newest_of_them(self, acme: Acme) -> None:
        pk = acme.schedule(catch_up="last", late="150 minutes")
        fire_due()
        assert len(acme.runs()) == 1
        assert acme.slots(pk) == ["skipped", "skipped", "fired"]
        assert acme.row(pk).last_result == "fired; earlier slots were missed"

    def test_all_runs_each_of_them(self, acme: Acme) -> None:
        pk = acme.schedule(catch_up="all", overlap="allow", late="150 minutes")
        fire_due()
        assert len(acme.runs()) == 3
        assert acme.slots(pk) == ["fired"] * 3

    def test_all_stops_at_a_hundred(self, acme: Acme) -> None:
        acme.schedule(catch_up="all", overlap="allow", late="3 days", interval_s=60)
        fire_due()
        assert len(acme.runs()) == 100

    def test_all_and_queue_run_them_one_after_the_other(self, acme: Acme) -> None:
        pk = acme.schedule(catch_up="all", overlap="queue", late="150 minutes")
        fire_due()
        assert acme.slots(pk) == ["fired", "waiting", "waiting"]


class TestRefused:
    @pytest.mark.parametrize(
        ("module", "input_data", "says"),
        [
            ({"status": "inactive"}, {}, "inactive"),
            ({"status": "error"}, {}, "error"),
            ({"python_module": "no_such_agent"}, {}, "not installed"),
            ({"config_text": "{broken"}, {}, "not valid JSON"),
            ({"python_module": "data", "config": {"max_rows": 0}}, {}, "config.max_rows"),
            ({"python_module": "data"}, {}, "exactly one"),
            ({"python_module": "data"}, {"operation": "x"}, "input_data.operation"),
        ],
    )
    def test_the_reason_stands_in_the_schedule_and_the_others_go_on(
        self, acme: Acme, module: dict[str, Any], input_data: Any, says: str
    ) -> None:
        with connection.cursor() as cursor:
            bad = factories.module(cursor, org=acme.org, **module)
            pk = schedule_row(
                cursor, org=acme.org, module_id=bad, input_data=input_data, late="10 seconds"
            )
        good = acme.schedule()
        fire_due()
        refused = acme.row(pk)
        assert refused.last_result.startswith("refused because")
        assert says in refused.last_result
        assert refused.enabled
        assert refused.next_at > datetime.now(UTC)  # type: ignore[operator]
        assert acme.slots(pk) == ["refused"]
        assert acme.slots(good) == ["fired"]

    def test_a_validator_that_breaks_stops_nobody(self, acme: Acme) -> None:
        with connection.cursor() as cursor:
            bad = factories.module(cursor, org=acme.org, python_module="breaks_at_the_door")
            pk = schedule_row(cursor, org=acme.org, module_id=bad, late="10 seconds")
        good = acme.schedule()
        fire_due()
        assert "checking its input failed" in acme.row(pk).last_result
        assert acme.slots(good) == ["fired"]

    def test_a_deleted_module_disables_its_schedules(self, acme: Acme) -> None:
        pk = acme.schedule()
        acme.sql("DELETE FROM public.modules WHERE id = %s", acme.module)
        fire_due()
        after = acme.row(pk)
        assert (after.enabled, after.next_at) == (False, None)
        assert after.last_result == "refused because its module was deleted"

    def test_a_deleted_organization_takes_its_schedules_along(self, acme: Acme) -> None:
        pk = acme.schedule()
        acme.sql("DELETE FROM public.organizations WHERE id = %s", acme.org.id)
        fire_due()
        assert not ModuleSchedule.objects.unscoped(ALL).filter(pk=pk).exists()

    def test_a_module_of_another_organization_is_never_run(self, acme: Acme) -> None:
        """No page lets anybody make such a schedule; a hand in the database might."""
        with connection.cursor() as cursor:
            globex: Org = factories.organization(cursor, name="Globex")
            foreign = factories.module(cursor, org=globex)
            pk = schedule_row(cursor, org=acme.org, module_id=foreign)
        fire_due()
        assert not acme.row(pk).enabled
        assert not Run.objects.for_orgs([acme.org.id, globex.id]).exists()

    def test_a_time_table_that_cannot_be_read_any_more_disables(self, acme: Acme) -> None:
        pk = acme.schedule(zone="Mars/Olympus", late="10 seconds")
        good = acme.schedule()
        fire_due()
        assert not acme.row(pk).enabled
        assert "Mars/Olympus" in acme.row(pk).last_result
        assert acme.slots(good) == ["fired"]


def test_old_slots_are_forgotten_but_not_those_that_wait(acme: Acme) -> None:
    pk = acme.schedule(overlap="queue")
    for n, state in enumerate(("fired", "skipped", "waiting")):
        acme.sql(
            "INSERT INTO modules_schedule_slot (schedule_id, org_id, slot, state) "
            "VALUES (%s, %s, now() - interval '3 days' - %s * interval '1 hour', %s)",
            pk, acme.org.id, n, state,
        )  # fmt: skip
    fire_due()
    assert acme.slots(pk) == ["fired", "waiting"]  # the old one's turn, then the new one


@pytest.mark.parametrize(
    "columns",
    [{"interval_s": None}, {"cron": "* * * * *"}, {"interval_s": 9}],
    ids=["neither", "both", "too often"],
)
def test_the_database_holds_exactly_one_of_cron_and_interval(
    acme: Acme, columns: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match="schedule_cron_or_interval"):
        acme.schedule(**columns)
