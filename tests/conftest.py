"""Fixtures everybody shares. See tests/databases.py for which database a test gets."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.test.utils import setup_databases, teardown_databases

from tests import databases
from tests.live import Live


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", type=Path, metavar="FOLDER", help="pictures for the README")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """The migrated test database, with the gateway's tables in `public`. Our own fixture, because
    pytest-django's makes a database only for tests that use Django's connection themselves."""
    with django_db_blocker.unblock():
        config = setup_databases(verbosity=0, interactive=False, aliases={"default"})
        call_command("load_shared_schema", stdout=io.StringIO())
    yield
    with django_db_blocker.unblock():
        teardown_databases(config, verbosity=0)


@pytest.fixture(scope="session")
def live(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """The real web server and the real cluster on a database of their own, for the session."""
    with Live.on_a_copy("live", django_db_blocker, tmp_path_factory) as system:
        yield system


@pytest.fixture(scope="session")
def short_live(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """Another installation, where a run may take one second."""
    with Live.on_a_copy(
        "short", django_db_blocker, tmp_path_factory, RUN_TIMEOUT_SECONDS="1"
    ) as system:
        yield system


@pytest.fixture(scope="session")
def queue_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    with django_db_blocker.unblock(), databases.copy_of_test_database("queue") as params:
        yield params


@pytest.fixture
def queue(queue_database: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection to a database with an empty queue and no worker."""
    with databases.connect(queue_database) as conn:
        conn.execute(
            "TRUNCATE executions_run, executions_event, executions_worker, executions_killswitch, "
            "executions_step, executions_approval, executions_delivery, modules_policy, "
            "modules_circuit, modules_webhook, tenancy_policy, tenancy_bucket"
        )
        yield conn
