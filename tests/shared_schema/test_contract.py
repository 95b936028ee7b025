"""The drift check names every kind of difference; each test alters a table and rolls it back."""

from collections.abc import Callable
from unittest.mock import Mock

import pytest
from django.core.checks import WARNING, Tags, run_checks
from django.db import OperationalError, connection

from platform_agents.shared_schema.checks import DIFFERENT, EMPTY, UNREACHABLE, check_contract
from platform_agents.shared_schema.contract import Difference, differences, shared_models
from platform_agents.shared_schema.expected import plain_default
from platform_agents.shared_schema.names import SHARED_TABLES

pytestmark = pytest.mark.django_db

Sql = Callable[[str], None]


@pytest.fixture
def alter() -> Sql:
    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


def only_difference() -> Difference:
    [difference] = differences(connection)
    return difference


def test_every_shared_table_has_a_model_and_our_copy_fits_them_all() -> None:
    assert [model._meta.db_table for model in shared_models()] == list(SHARED_TABLES)
    assert differences(connection) == []


@pytest.mark.parametrize(
    ("statement", "kind", "sentence"),
    [
        (
            "ALTER TABLE public.modules DROP COLUMN category",
            "column",
            "Column modules.category: expected a column of type text, found none.",
        ),
        (
            "ALTER TABLE public.modules ALTER COLUMN config TYPE jsonb USING NULL",
            "type",
            "Column modules.config: expected type text, found jsonb.",
        ),
        (
            "ALTER TABLE public.tasks ALTER COLUMN created_at TYPE timestamptz",
            "type",
            (
                "Column tasks.created_at: expected type timestamp without time zone, "
                "found timestamp with time zone."
            ),
        ),
        (
            "ALTER TABLE public.users ALTER COLUMN org_id DROP NOT NULL",
            "nullability",
            "Column users.org_id: expected NOT NULL, found NULL allowed.",
        ),
        (
            "ALTER TABLE public.modules ALTER COLUMN endpoint SET NOT NULL",
            "nullability",
            "Column modules.endpoint: expected NULL allowed, found NOT NULL.",
        ),
        (
            "ALTER TABLE public.organizations ALTER COLUMN plan SET DEFAULT 'pro'",
            "default",
            "Column organizations.plan: expected default 'free', found 'pro'::text.",
        ),
        (
            "ALTER TABLE public.api_keys ALTER COLUMN id DROP DEFAULT",
            "default",
            "Column api_keys.id: expected default gen_random_uuid(), found no default.",
        ),
        (
            "ALTER TYPE public.agent_status RENAME VALUE 'error' TO 'broken'",
            "labels",
            (
                "Column modules.status: expected labels active, error, inactive, "
                "found labels active, inactive, broken."
            ),
        ),
        (
            "ALTER TYPE public.role ADD VALUE 'guest'",
            "labels",
            (
                "Column users.role: expected labels admin, member, super_admin, "
                "found labels member, admin, super_admin, guest."
            ),
        ),
        (
            "ALTER TABLE public.module_executions ADD COLUMN trace_id varchar NOT NULL",
            "new_column",
            (
                "Column module_executions.trace_id: expected no new column that every insert must "
                "fill, found character varying NOT NULL without a default."
            ),
        ),
    ],
    ids=lambda value: value if " " not in value else "",
)
def test_each_kind_of_difference_is_named(
    statement: str, kind: str, sentence: str, alter: Sql
) -> None:
    alter(statement)
    difference = only_difference()
    assert difference.kind == kind
    assert str(difference).startswith(sentence)
    assert str(difference).endswith(f" {difference.advice}")


def test_the_advice_names_the_model_to_change(alter: Sql) -> None:
    alter("ALTER TABLE public.modules DROP COLUMN category")
    assert "modules.Module and schema.sql" in str(only_difference())


def test_a_missing_table_is_one_difference(alter: Sql) -> None:
    alter("DROP TABLE public.api_keys")
    assert str(only_difference()).startswith("Table api_keys: expected the table, found none.")


def test_a_label_missing_from_a_shared_enum_is_named_at_each_of_its_columns(alter: Sql) -> None:
    alter("ALTER TYPE public.task_status RENAME VALUE 'failed' TO 'broken'")
    assert [(d.kind, d.table, d.column) for d in differences(connection)] == [
        ("labels", "tasks", "status"),
        ("labels", "module_executions", "status"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.agent_catalog (id varchar NOT NULL)",
        "ALTER TABLE public.modules ADD COLUMN note text",
        "ALTER TABLE public.modules ADD COLUMN weight int NOT NULL DEFAULT 1",
        "ALTER TABLE public.modules ADD COLUMN n int GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE public.modules ADD COLUMN n text GENERATED ALWAYS AS (name) STORED",
        "ALTER TABLE public.modules ALTER COLUMN created_at SET DEFAULT CURRENT_TIMESTAMP",
        "ALTER TABLE public.modules ALTER COLUMN id SET DEFAULT (gen_random_uuid())::text",
        "ALTER TABLE public.modules ALTER COLUMN name SET DEFAULT 'unnamed'",
        "SET LOCAL search_path TO pg_catalog",
        "SET LOCAL TIME ZONE 'Asia/Kolkata'",
    ],
)
def test_what_cannot_break_us_is_no_difference(statement: str, alter: Sql) -> None:
    alter(statement)
    assert differences(connection) == []


@pytest.mark.parametrize(
    ("live", "plain"),
    [
        ("'free'::text", "'free'"),
        ("'active'::agent_status", "'active'"),
        ("'active'::public.agent_status", "'active'"),
        ("""'active'::"public"."agent_status\"""", "'active'"),
        ("'x'::character varying(10)", "'x'"),
        ("('x'::character varying)::text", "'x'"),
        ("'a::b (c'::text", "'a::b (c'"),
        ("'It''s'::text", "'It''s'"),
        ("now()", "now()"),
        ("CURRENT_TIMESTAMP", "now()"),
        ("(now())::timestamp without time zone", "now()"),
        ("(a(')') || b())", "a(')') || b()"),
        ("(1) + (2)", "(1) + (2)"),
    ],
)
def test_spellings_of_a_default_come_to_one(live: str, plain: str) -> None:
    assert plain_default(live) == plain


def test_the_system_check_is_registered_for_databases_and_silent_when_all_fits() -> None:
    found = run_checks(tags=[Tags.database], databases=["default"])
    assert [message for message in found if str(message.id).startswith("shared_schema")] == []
    assert check_contract(databases=None) == []


def test_the_system_check_warns_of_each_difference(alter: Sql) -> None:
    alter("ALTER TABLE public.modules DROP COLUMN category, ADD COLUMN kind text NOT NULL")
    found = run_checks(tags=[Tags.database], databases=["default"])
    ours = [message for message in found if message.id == DIFFERENT]
    assert ["category" in ours[0].msg, "kind" in ours[1].msg] == [True, True]
    assert {message.level for message in ours} == {WARNING}


def test_the_system_check_warns_once_when_there_is_no_table(alter: Sql) -> None:
    alter(f"DROP TABLE {', '.join(f'public.{table}' for table in SHARED_TABLES)}")
    [message] = check_contract(databases=["default"])
    assert (message.id, message.is_serious()) == (EMPTY, False)
    assert "load_shared_schema" in str(message.hint)


def test_the_system_check_warns_when_the_database_cannot_be_asked() -> None:
    refused = Mock(side_effect=OperationalError("connection refused\nIs the server running?"))
    with connection.execute_wrapper(refused):
        [message] = check_contract(databases=["default"])
    assert (message.id, message.is_serious()) == (UNREACHABLE, False)
    assert message.msg.endswith("could not be compared: connection refused")
