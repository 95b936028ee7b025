"""One installation for all deploys of the gateway's: web server, cluster, rows in our tables."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import factories
from tests.coexistence.traffic import Tenant
from tests.live import Live


@pytest.fixture(scope="package")
def installation(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    with Live.on_a_copy("coexistence", django_db_blocker, tmp_path_factory) as system:
        yield system


@pytest.fixture
def acme(installation: Live) -> Tenant:
    return Tenant.of(installation, factories.organization(installation.db, name="Acme"))


@pytest.fixture
def globex(installation: Live) -> Tenant:
    return Tenant.of(installation, factories.organization(installation.db, name="Globex"))
