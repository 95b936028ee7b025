"""Schedules in the operators' admin: for modules of their own, checked as they run."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from modules.models import ModuleSchedule, ModuleScheduleSlot
from tests.tenancy.conftest import EVERY_ROW, Shop, staff

ADD = "/admin/modules/moduleschedule/add/"


def change(shop: Shop) -> str:
    return f"/admin/modules/moduleschedule/{shop.schedule}/change/"


def schedule(shop: Shop) -> ModuleSchedule:
    return ModuleSchedule.objects.for_org(shop.org.id).get(pk=shop.schedule)


def form(**values: Any) -> dict[str, Any]:
    """A good form, with changes."""
    return {"name": "Nightly", "cron": "30 2 * * *", "interval_s": "", "zone": "Europe/Berlin",
            "input": '{"n": 1}', "overlap": "queue", "catch_up": "last", "enabled": "on",
            **values}  # fmt: skip


def errors(client: Client, path: str, **values: Any) -> dict[str, str]:
    """What the form says; the page is shown again."""
    response = client.post(path, form(**values))
    assert response.status_code == 200, response.status_code
    found = response.context["adminform"].form.errors
    assert found
    return {field: " ".join(why) for field, why in found.items()}


def count(shop: Shop) -> int:
    return ModuleSchedule.objects.for_org(shop.org.id).count()


def test_an_operator_makes_a_schedule_for_a_module_of_their_own(
    operator: Client, acme: Shop
) -> None:
    assert operator.post(ADD, form(module=acme.module)).status_code == 302
    made = ModuleSchedule.objects.for_org(acme.org.id).get(name="Nightly")
    assert (made.module_id, made.input, made.overlap) == (acme.module, {"n": 1}, "queue")
    assert made.next_at is not None
    assert (made.next_at.hour, made.next_at.minute) in {(0, 30), (1, 30), (1, 0)}


def test_the_form_offers_the_modules_that_one_may_change(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    viewer_there = staff("bea", acme=(acme, "operator"), globex=(globex, "viewer"))
    for client in (operator, viewer_there):
        body = client.get(ADD).content.decode()
        assert acme.module in body
        assert globex.module not in body


def test_forms_of_two_people_do_not_mix(operator: Client, acme: Shop, globex: Shop) -> None:
    other = staff("gus", globex=(globex, "operator"))
    for _ in range(2):
        assert globex.module not in operator.get(ADD).content.decode()
        assert acme.module not in other.get(ADD).content.decode()


def test_a_forged_module_is_refused_like_a_missing_one(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    before = count(globex)
    foreign = errors(operator, ADD, module=globex.module)
    assert list(foreign) == ["module"]
    assert foreign == errors(operator, ADD, module="no-such-module")
    assert count(globex) == before


def test_a_schedule_changes_neither_module_nor_organization(
    superuser: Client, acme: Shop, globex: Shop
) -> None:
    forged = form(module=globex.module, org_id=globex.org.id, module_id=globex.module)
    assert superuser.post(change(acme), forged).status_code == 302
    after = schedule(acme)
    assert (after.name, after.module_id) == ("Nightly", acme.module)


def test_viewers_change_add_and_delete_nothing(acme: Shop, globex: Shop) -> None:
    viewer = staff("vera", acme=(acme, "viewer"), globex=(globex, "operator"))
    assert viewer.get(change(acme)).status_code == 200
    assert viewer.post(change(acme), form()).status_code == 403
    assert list(errors(viewer, ADD, module=acme.module)) == ["module"]
    delete = change(acme).replace("change", "delete")
    assert viewer.post(delete, {"post": "yes"}).status_code == 403
    viewer.post("/admin/modules/moduleschedule/", {
        "action": "delete_selected", "_selected_action": [acme.schedule], "post": "yes",
    })  # fmt: skip
    assert schedule(acme).name == "Acme schedule"


def test_an_operator_deletes_a_schedule_and_its_slots(operator: Client, acme: Shop) -> None:
    with connection.cursor() as cursor:
        slot(cursor, acme, "fired")
    delete = change(acme).replace("change", "delete")
    assert operator.post(delete, {"post": "yes"}).status_code == 302
    assert count(acme) == 0
    assert not ModuleScheduleSlot.objects.unscoped(EVERY_ROW).exists()


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"cron": "61 * * * *"}, "cron", "out of range"),
        ({"cron": "*/5 * * * * *"}, "cron", "fields, got 6"),
        ({"cron": "@reboot"}, "cron", "fields, got 1"),
        ({"cron": "", "interval_s": ""}, "cron", "one of the two"),
        ({"interval_s": "60"}, "cron", "one of the two"),
        ({"cron": "", "interval_s": "5"}, "interval_s", "10"),
        ({"cron": "", "interval_s": "99999999999"}, "interval_s", "less than"),
        ({"zone": "Mars/Olympus"}, "zone", "no time zone"),
        ({"input": "[1]"}, "input", "object"),
        ({"input": "{"}, "input", "line 1"),
        ({"overlap": "explode"}, "overlap", "explode"),
        ({"name": ""}, "name", "required"),
    ],
)
def test_a_wrong_schedule_is_refused_with_the_reason(
    operator: Client, acme: Shop, values: dict[str, Any], field: str, says: str
) -> None:
    for path, more in ((change(acme), {}), (ADD, {"module": acme.module})):
        assert says in errors(operator, path, **more, **values)[field]
    assert count(acme) == 1
    assert schedule(acme).name == "Acme schedule"


def test_an_input_is_checked_by_the_modules_agent(operator: Client, acme: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.modules SET python_module = 'data' WHERE id = %s",
                       [acme.module])  # fmt: skip
    assert "exactly one" in errors(operator, change(acme), input="{}")["input"]


def test_a_new_name_leaves_the_time_table_alone(operator: Client, acme: Shop) -> None:
    before = schedule(acme)
    same = {"cron": "", "interval_s": "3600", "zone": "UTC"}
    assert operator.post(change(acme), form(**same)).status_code == 302
    after = schedule(acme)
    assert (after.name, after.next_at, after.since) == ("Nightly", before.next_at, before.since)


def test_another_time_table_counts_from_now_and_drops_what_waits(
    operator: Client, acme: Shop
) -> None:
    with connection.cursor() as cursor:
        slot(cursor, acme, "waiting")
    assert operator.post(change(acme), form()).status_code == 302
    after = schedule(acme)
    assert after.next_at is not None
    assert after.next_at.second == 0
    assert not ModuleScheduleSlot.objects.unscoped(EVERY_ROW).exists()


def test_a_disabled_schedule_has_no_next_slot_until_it_is_enabled(
    operator: Client, acme: Shop
) -> None:
    off = form()
    del off["enabled"]
    assert operator.post(change(acme), off).status_code == 302
    assert (schedule(acme).enabled, schedule(acme).next_at) == (False, None)
    assert operator.post(change(acme), form()).status_code == 302
    assert schedule(acme).next_at is not None


def test_a_schedule_of_a_deleted_module_is_still_shown(operator: Client, acme: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.modules WHERE id = %s", [acme.module])
    for path in ("/admin/modules/moduleschedule/", change(acme)):
        assert "(deleted)" in operator.get(path).content.decode()
    assert "deleted" in " ".join(errors(operator, change(acme)).values())


def test_the_name_of_a_foreign_module_is_not_shown(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    """No page makes such a schedule; a hand in the database might."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE modules_schedule SET module_id = %s WHERE id = %s",
                       [globex.module, acme.schedule])  # fmt: skip
    for path in ("/admin/modules/moduleschedule/", change(acme)):
        assert "Globex" not in operator.get(path).content.decode()


def slot(cursor: Any, shop: Shop, state: str) -> None:
    cursor.execute(
        "INSERT INTO modules_schedule_slot (schedule_id, org_id, slot, state) "
        "VALUES (%s, %s, now(), %s)",
        [shop.schedule, shop.org.id, state],
    )
