"""Enum columns and UTC timestamps against PostgreSQL, whatever the session's time zone."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import TruncDay

from modules.models import Module
from platform_agents.shared_schema.fields import AsInstant, EnumField, NowUtc, UtcTimestampField
from platform_agents.tenancy.models import Organization

KOLKATA = "Asia/Kolkata"
EVENING = dt.datetime(2026, 3, 1, 20, 0, tzinfo=dt.UTC)  # already 2 March in Kolkata
MakeModule = Callable[..., Module]
Zone = Callable[[str], None]


def stored_time(module: Module) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT created_at::text FROM modules WHERE id = %s", [module.pk])
        return str(cursor.fetchone()[0])


def reread(module: Module) -> Module:
    return Module.objects.for_org(module.org_id).get(pk=module.pk)


class TestEnumField:
    def test_the_database_default_is_read_back_after_an_insert(
        self, make_module: MakeModule
    ) -> None:
        assert make_module().status == "active"

    def test_exact_and_in_lookups_bind_to_the_enum(self, make_module: MakeModule) -> None:
        module = make_module(status="error")
        rows = Module.objects.for_org(module.org_id)
        assert rows.get(status="error") == module
        assert rows.get(status__in=["error", "inactive"]) == module
        assert not rows.filter(status="active").exists()

    def test_an_unknown_label_is_refused_and_the_transaction_lives_on(
        self, make_module: MakeModule
    ) -> None:
        module = make_module()
        with pytest.raises(ValueError, match="agent_status has no label 'deleted'"):
            Module.objects.for_org(module.org_id).filter(status="deleted").exists()
        assert reread(module).status == "active"

    def test_bulk_statements_cast_to_the_enum(self, acme: Organization) -> None:
        rows = Module.objects.for_org(acme.pk)
        made = rows.bulk_create(
            Module(id=n, name=n, category="c", python_module="echo", org=acme, status="error")
            for n in ("first", "second")
        )
        for module in made:
            module.status = "inactive"
        rows.bulk_update(made, ["status"])
        assert rows.filter(status="inactive").count() == 2

    def test_deconstruct_gives_a_field_of_the_same_enum(self) -> None:
        field = EnumField("role", labels=("member", "super_admin"), db_default="member")
        _, _, args, options = field.deconstruct()
        again = EnumField(*args, **options)
        assert (again.enum_name, again.labels) == ("role", ("member", "super_admin"))
        assert again.choices == [("member", "Member"), ("super_admin", "Super admin")]


class TestUtcTimestampField:
    @pytest.mark.parametrize("zone", ["UTC", KOLKATA])
    def test_the_column_holds_utc_and_python_gets_it_aware(
        self, zone: str, session_zone: Zone, make_module: MakeModule
    ) -> None:
        session_zone(zone)
        module = make_module(created_at=EVENING.astimezone(ZoneInfo("America/New_York")))
        assert stored_time(module) == "2026-03-01 20:00:00"
        assert reread(module).created_at == EVENING
        assert reread(module).created_at.tzinfo is dt.UTC

    @pytest.mark.parametrize("zone", ["UTC", KOLKATA])
    def test_the_database_default_is_utc_in_any_session(
        self, zone: str, session_zone: Zone, make_module: MakeModule
    ) -> None:
        session_zone(zone)
        age = dt.datetime.now(dt.UTC) - make_module().created_at
        assert abs(age) < dt.timedelta(minutes=5)

    def test_the_repeated_hour_of_a_clock_change_stays_two_hours(
        self, session_zone: Zone, make_module: MakeModule
    ) -> None:
        session_zone("Europe/Berlin")
        summer = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)  # both are 02:30 in Berlin
        winter = summer + dt.timedelta(hours=1)
        first = make_module(name="first", created_at=summer)
        second = make_module(name="second", created_at=winter.astimezone(ZoneInfo("Europe/Berlin")))
        rows = Module.objects.for_org(first.org_id)
        assert rows.get(created_at__gt=summer) == second
        assert rows.get(created_at=summer) == first
        assert reread(second).created_at - reread(first).created_at == dt.timedelta(hours=1)

    def test_the_skipped_hour_of_a_clock_change_is_an_hour_like_any_other(
        self, session_zone: Zone, make_module: MakeModule
    ) -> None:
        session_zone("Europe/Berlin")
        skipped = dt.datetime(2026, 3, 29, 2, 30, tzinfo=dt.UTC)  # 02:30 is no time in Berlin
        module = make_module(created_at=skipped)
        assert Module.objects.for_org(module.org_id).get(created_at=skipped) == module
        assert reread(module).created_at == skipped

    @pytest.mark.parametrize(
        "naive", [EVENING.replace(tzinfo=None), EVENING.date(), "2026-03-01", "2026-03-01T20:00"]
    )
    def test_a_naive_value_is_refused(self, naive: object, make_module: MakeModule) -> None:
        module = make_module()
        refused = pytest.raises(ValueError, match=r"created_at: .* has no time zone")
        with refused:
            Module.objects.for_org(module.org_id).filter(created_at__lt=naive).exists()
        module.created_at = naive
        with refused, transaction.atomic():
            module.save()
        with pytest.raises(ValidationError, match="has no time zone"):
            module.full_clean()

    @pytest.mark.parametrize("zone", ["UTC", KOLKATA])
    def test_date_parts_are_those_of_utc(
        self, zone: str, session_zone: Zone, make_module: MakeModule
    ) -> None:
        session_zone(zone)
        module = make_module(created_at=dt.datetime(2025, 12, 31, 20, 0, tzinfo=dt.UTC))
        rows = Module.objects.for_org(module.org_id)
        assert rows.get(created_at__date=dt.date(2025, 12, 31)) == module
        assert rows.get(created_at__year=2025) == module
        assert rows.get(created_at__hour__gte=20) == module
        day = TruncDay(AsInstant("created_at"))
        assert [(d.day, n) for d, n in rows.values_list(day).annotate(Count("id"))] == [(31, 1)]

    def test_now_utc_compares_and_updates_in_any_session(
        self, session_zone: Zone, make_module: MakeModule
    ) -> None:
        session_zone(KOLKATA)
        now = dt.datetime.now(dt.UTC)
        module = make_module(created_at=now - dt.timedelta(hours=1))
        rows = Module.objects.for_org(module.org_id)
        assert rows.filter(created_at__lt=NowUtc() - dt.timedelta(minutes=30)).exists()
        assert not rows.filter(created_at__gt=NowUtc()).exists()
        rows.update(created_at=NowUtc())
        assert abs(reread(module).created_at - now) < dt.timedelta(minutes=5)

    def test_no_time_stays_no_time(self) -> None:
        field = UtcTimestampField(null=True)
        assert field.get_db_prep_value(None, connection) is None
        assert field.from_db_value(None, None, connection) is None
