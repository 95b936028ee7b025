"""`check_shared_schema` and `load_shared_schema` as an operator meets them."""

import io
import json
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from platform_agents.shared_schema import loading
from platform_agents.shared_schema.contract import differences
from platform_agents.shared_schema.names import SHARED_ENUMS, SHARED_TABLES

pytestmark = pytest.mark.django_db


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def empty_public() -> None:
    execute(f"DROP TABLE {', '.join(f'public.{table}' for table in SHARED_TABLES)}")
    execute(f"DROP TYPE {', '.join(f'public.{enum}' for enum in SHARED_ENUMS)}")


def run(name: str, *args: str) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out, no_color=True)
    return out.getvalue()


class TestCheck:
    def test_says_in_one_line_that_all_fits(self) -> None:
        assert run("check_shared_schema").startswith("The shared tables fit our models.\n")
        assert json.loads(run("check_shared_schema", "--json")) == []

    def test_prints_a_line_for_each_difference_and_exits_1(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        execute("ALTER TABLE public.modules DROP COLUMN category, ADD COLUMN kind text NOT NULL")
        with pytest.raises(SystemExit) as ended:
            call_command("check_shared_schema", no_color=True)
        assert ended.value.code == 1
        first, second, *_missing_indexes = capsys.readouterr().out.splitlines()
        assert first.startswith("Column modules.category: ")
        assert second.startswith("Column modules.kind: ")

    def test_json_carries_the_parts_and_the_sentence(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        execute("ALTER TABLE public.organizations ALTER COLUMN plan SET DEFAULT 'pro'")
        with pytest.raises(SystemExit):
            call_command("check_shared_schema", "--json")
        [found] = json.loads(capsys.readouterr().out)
        assert found["kind"] == "default"
        assert (found["table"], found["column"]) == ("organizations", "plan")
        assert (found["expected"], found["found"]) == ("default 'free'", "'pro'::text")
        assert found["message"].endswith(found["advice"])

    def test_exits_2_when_the_database_cannot_be_asked(self) -> None:
        refused = Mock(side_effect=OperationalError("connection refused\nIs the server running?"))
        says = pytest.raises(CommandError, match=r"could not be asked: connection refused$")
        with connection.execute_wrapper(refused), says as ended:
            run("check_shared_schema")
        assert ended.value.returncode == 2


class TestLoad:
    def test_an_empty_schema_gets_tables_that_fit_the_models(self) -> None:
        empty_public()
        assert run("load_shared_schema").startswith("Created organizations, users, tasks")
        assert differences(connection) == []

    def test_the_foreign_keys_are_those_of_the_contract(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname, confdeltype::text FROM pg_constraint WHERE contype = 'f' "
                "AND connamespace = 'public'::regnamespace AND conrelid::regclass::text = ANY(%s)",
                [list(SHARED_TABLES)],
            )
            found = dict(cursor.fetchall())
        assert found == {
            "users_org_id_organizations_id_fk": "c",
            "tasks_user_id_users_id_fk": "c",
            "tasks_org_id_organizations_id_fk": "c",
            "api_keys_org_id_organizations_id_fk": "c",
            "modules_org_id_organizations_id_fk": "c",
            "module_executions_module_id_modules_id_fk": "c",
            "module_executions_task_id_tasks_id_fk": "n",
            "module_executions_org_id_organizations_id_fk": "c",
        }

    def test_a_filled_schema_is_refused_by_name(self) -> None:
        with pytest.raises(CommandError, match=r"already holds agent_status, api_keys, .*users"):
            run("load_shared_schema")

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE public.users (id int)",
            "CREATE VIEW public.users AS SELECT 1",
            "CREATE TYPE public.role AS ENUM ('x')",
        ],
    )
    def test_one_name_in_use_is_enough_to_refuse(self, statement: str) -> None:
        empty_public()
        execute(statement)
        with pytest.raises(CommandError, match=r"already holds (users|role)\. Nothing was changed"):
            run("load_shared_schema")

    def test_a_failure_leaves_nothing_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        empty_public()
        broken = tmp_path / "schema.sql"
        broken.write_text(loading.SCHEMA_FILE.read_text() + "CREATE TABLE broken (;")
        monkeypatch.setattr(loading, "SCHEMA_FILE", broken)
        with pytest.raises(CommandError, match=r"Nothing was loaded, the database said: syntax"):
            run("load_shared_schema")
        assert loading.existing_names(connection) == []
