"""`submit` with a given version of the module's config."""

from typing import Any

import pytest

from executions.dispatch import submit
from executions.models import Run
from executions.submission import Submission
from modules import lookup
from modules.config_version import ConfigVersion
from modules.errors import ConfigVersionUnknown, InvalidModuleConfig, ModuleNotActive
from tests import factories
from tests.executions.test_dispatch import Connection
from tests.factories import Org

pytestmark = pytest.mark.django_db
db: Any = Connection()


@pytest.fixture
def org() -> Org:
    return factories.organization(db)


@pytest.fixture
def module(org: Org) -> str:
    """With a version 1, and another config since."""
    module_id = factories.module(db, org=org, config={"now": 1})
    version(org, module_id, 1, '{"then": 1}')
    return module_id


def version(org: Org, module_id: str, number: int, config: str, agent: str = "echo") -> None:
    ConfigVersion.objects.for_org(org.id).create(
        module_id=module_id, org_id=org.id, version=number, config=config, author="ann",
        python_module=agent,
    )  # fmt: skip


def run(org: Org, module_id: str, *, number: int | None, adopt: str | None = None) -> Run:
    wish = Submission(
        org_id=org.id, module=module_id, input_data={}, config_version=number, adopt=adopt
    )
    submitted = submit(wish, execution_id=adopt or f"of-{module_id}")
    return Run.objects.for_org(org.id).get(execution_id=submitted.execution_id)


def test_the_run_names_it_and_its_agent(org: Org, module: str) -> None:
    version(org, module, 2, "{}", agent="shouted")
    found = run(org, module, number=2)
    assert (found.config_version, found.agent) == (2, "shouted")


def test_the_newest_is_recorded_when_none_is_given(org: Org, module: str) -> None:
    assert run(org, module, number=None).config_version == 2


def test_an_adopted_row_may_be_pinned(org: Org, module: str) -> None:
    row = factories.gateway_row(db, org=org, module_id=module)
    assert run(org, module, number=1, adopt=row).config_version == 1


def test_one_that_is_missing_or_of_another_organization_is_unknown(org: Org, module: str) -> None:
    other = factories.organization(db, name="Other")
    version(other, module, 9, "{}")
    for number in (8, 9):
        with pytest.raises(ConfigVersionUnknown):
            run(org, module, number=number)
    assert not Run.objects.for_org(org.id).exists()


def test_one_that_does_not_fit_its_agent_is_refused(org: Org, module: str) -> None:
    version(org, module, 2, '{"temperature": "hot"}', agent="nlp")
    version(org, module, 3, "{broken")
    for number in (2, 3):
        with pytest.raises(InvalidModuleConfig):
            run(org, module, number=number)
    assert not Run.objects.for_org(org.id).exists()


def test_it_does_not_wake_a_module_that_is_off(org: Org, module: str) -> None:
    db.execute("UPDATE public.modules SET status = 'inactive' WHERE id = %s", [module])
    with pytest.raises(ModuleNotActive):
        run(org, module, number=1)


def test_a_number_that_may_be_rolled_back_is_not_remembered(org: Org, module: str) -> None:
    """A later run would name a version that was never there."""
    run(org, module, number=None)
    assert lookup.known(org.id, module) is None
