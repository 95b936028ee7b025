"""Our tables stand in a schema of their own; `public` stays the gateway's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from platform_agents.shared_schema.names import SHARED_TABLES
from tests.processes import ROOT

pytestmark = pytest.mark.django_db


def tables(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {name for (name,) in cursor.fetchall()}


def test_public_holds_the_gateways_tables_and_nothing_else() -> None:
    assert tables("public") == set(SHARED_TABLES)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
            "UNION ALL SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' "
            "UNION ALL SELECT viewname FROM pg_views WHERE schemaname = 'public'"
        )
        assert cursor.fetchall() == []


def test_every_managed_model_has_its_table_in_our_schema() -> None:
    managed = {model._meta.db_table for model in apps.get_models() if model._meta.managed}
    assert managed | {"django_migrations"} <= tables("platform_agents")


def test_nothing_of_ours_depends_on_a_shared_table() -> None:
    """No foreign key, view, trigger or policy: the gateway's deploys drop and truncate."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' "
            "AND connamespace = 'platform_agents'::regnamespace AND confrelid IN "
            "(SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN "
            "(SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
        )
        assert cursor.fetchall() == []


def manage(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *args], cwd=ROOT, env={**kept, **env},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


GOOD = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "x" * 50,
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "ALLOWED_HOSTS": "agents.example.com",
}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"DATABASE_URL": ""}, "Set DATABASE_URL in production"),
        ({"SECRET_KEY": ""}, "Set SECRET_KEY in production"),
        ({"DEBUG": "true"}, "DEBUG must be off in production"),
        ({"ALLOWED_HOSTS": ""}, "Set ALLOWED_HOSTS in production"),
        ({"ENVIRONMENT": "prod"}, "expected 'development' or 'production'"),
        ({"OUTBOUND_ALLOW": "http://models"}, "'http://models' has a port that is none"),
        ({"OUTBOUND_ALLOW": "*.internal"}, "'*.internal' is not understood"),
        ({"OUTBOUND_PORTS": "https"}, "'https' is no port; expected 1 to 65535"),
    ],
)
def test_production_refuses_settings_that_are_not_safe(wrong: dict[str, str], said: str) -> None:
    result = manage("check", **{**GOOD, **wrong})
    assert result.returncode != 0
    assert said in result.stderr


def test_production_starts_with_good_settings() -> None:
    result = manage("check", **GOOD)
    assert result.returncode == 0, result.stderr


def test_the_embedded_server_starts_at_first_use_and_stops_with_its_last_user(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "pg"
    result = manage(
        "migrate", "--verbosity=0",
        EMBEDDED_POSTGRES_DIR=str(folder), EMBEDDED_POSTGRES_DURABLE="off",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert (folder / "PG_VERSION").exists()
    assert not (folder / "postmaster.pid").exists()
