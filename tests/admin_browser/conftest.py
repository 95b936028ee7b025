"""Chromium and an installation whose admin it opens: the only place that starts either.

`CHROMIUM` may name another program than the one that is in PATH.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests import factories
from tests.admin_browser.site import Site
from tests.factories import Org
from tests.live import Live


@pytest.fixture(scope="session")
def installation(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """Of these tests alone: they leave work that nobody does, and one restarts the web server."""
    with Live.on_a_copy("pages", django_db_blocker, tmp_path_factory) as live:
        yield live


@pytest.fixture(scope="module")
def site(installation: Live) -> Iterator[Site]:
    """Closed with its module: while Playwright runs, Django's connections cannot be used here."""
    path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    assert path, "Chromium is needed: apt-get install chromium, or name it in CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield Site(live=installation, browser=browser)
        browser.close()


@pytest.fixture(autouse=True)
def _no_complaints(site: Site) -> Iterator[None]:
    site.complaints.clear()
    yield
    assert site.complaints == []


@pytest.fixture
def acme(site: Site) -> Org:
    return factories.organization(site.db, name=f"Acme {uuid.uuid4().hex[:6]}")


@pytest.fixture
def globex(site: Site) -> Org:
    return factories.organization(site.db, name=f"Globex {uuid.uuid4().hex[:6]}")
