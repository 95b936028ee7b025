"""`manage.py validate_module` as an operator meets it."""

import io
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from tests import factories
from tests.factories import Org
from tests.modules.test_diagnosis import Conn

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    return factories.organization(Conn())


@pytest.fixture
def other() -> Org:
    return factories.organization(Conn(), name="Globex")


def validate(*args: str, status: int = 0) -> str:
    out = io.StringIO()
    if status == 0:
        call_command("validate_module", *args, stdout=out)
        return out.getvalue()
    with pytest.raises((SystemExit, CommandError)) as ended:
        call_command("validate_module", *args, stdout=out)
    error: Any = ended.value
    assert getattr(error, "returncode", None) or error.code == status
    return out.getvalue() + str(error)


def test_a_good_module_is_said_to_run(org: Org) -> None:
    module_id = factories.module(Conn(), org=org, name="Greeter")
    assert validate(module_id) == f'The module "Greeter" ({module_id}) runs.\n'


def test_everything_wrong_is_listed_and_the_status_is_1(org: Org) -> None:
    module_id = factories.module(
        Conn(), org=org, python_module="nlp", status="inactive",
        config={"temperature": 9, "modle": "m"},
    )  # fmt: skip
    first, *found = validate(module_id, status=1).splitlines()[:3]
    assert first == f'The module "A module" ({module_id}) does not run.'
    assert found[0].startswith("  error  status: The module is inactive.")
    assert found[1].startswith("  error  config.temperature: ")


def test_a_note_alone_does_not_stop_it(org: Org) -> None:
    module_id = factories.module(Conn(), org=org, python_module="nlp", config={"modle": "m"})
    assert "  note   config.modle: " in validate(module_id)


def test_only_modules_of_the_named_organization_are_looked_at(org: Org, other: Org) -> None:
    theirs = factories.module(Conn(), org=other, status="inactive", name="Theirs")
    assert "There is no module with the id" in validate(theirs, "--org", org.id, status=2)
    assert "Theirs" not in validate("--all", "--org", org.id)


def test_all_is_a_table_with_a_line_for_each(org: Org, other: Org) -> None:
    good = factories.module(Conn(), org=org, name="Good")
    bad = factories.module(Conn(), org=other, python_module="gone", name="Bad\x1b[2J\nname")
    said = validate("--all", status=1)
    rows = {line.split()[0]: line for line in said.splitlines()}
    assert rows[good].split() == [good, "Good", "echo", "ok"]
    assert rows[bad].startswith(f"{bad:36}  Bad�[2J name")
    assert "python_module: The module names the agent 'gone'" in said
    assert "2 modules, 1 of them cannot run.\n" in said


def test_wrong_usage_is_status_2() -> None:
    assert "no module with the id 'nothing'" in validate("nothing", status=2)
    for args in ([], ["some", "--all"]):
        with pytest.raises(CommandError):
            call_command("validate_module", *args)


def test_a_database_that_is_away_is_status_2_and_one_sentence() -> None:
    refused = Mock(side_effect=OperationalError("connection refused\nIs the server running?"))
    with connection.execute_wrapper(refused):
        said = validate("--all", status=2)
    assert said.endswith("The database could not be asked: connection refused")
