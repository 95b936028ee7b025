"""Chromium beside a running installation, and somebody signed in to its admin.

While Playwright runs, Django's connections cannot be used in this thread: rows are plain SQL.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import databases, factories
from tests.executions.feeds.operators import operator
from tests.factories import Org
from tests.live import Live

DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
_NUMBERS = count(1)


@dataclass(kw_only=True)
class Site:
    """`complaints`: errors of pages' scripts, and what the content security policy forbade."""

    live: Live
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    @contextmanager
    def as_role(self, role: str, org: Org, device: dict[str, Any] = DESKTOP) -> Iterator[Page]:
        person = operator(self.live, f"{role}-{next(_NUMBERS)}", **{role: org})
        name, _, value = person.cookie.partition("=")
        context = self.browser.new_context(
            base_url=self.live.web.url, timezone_id="Asia/Tokyo", locale="en", **device
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.add_cookies([{"name": name, "value": value, "url": self.live.web.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        try:
            yield page
        finally:
            context.close()

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def submit(self, org: Org, agent: str, given: Any, **module: Any) -> str:
        """The id of an execution of a new module."""
        module_id = factories.module(self.live.db, org=org, python_module=agent, **module)
        answer = self.live.execute(org, module_id, given, prefer="respond-async")
        assert answer.status_code == 202, answer.text
        execution_id: str = answer.json()["execution_id"]
        return execution_id


@pytest.fixture(scope="module")
def site(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Of its own, because a test stops its web server."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Chromium is needed: apt-get install chromium"
    with (
        django_db_blocker.unblock(),
        databases.copy_of_test_database("pages") as params,
        Live.running(params, tmp_path_factory.mktemp("pages")) as live,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield Site(live=live, browser=browser)
        browser.close()


@pytest.fixture
def acme(site: Site) -> Org:
    return factories.organization(site.live.db, name="Acme")


@pytest.fixture(autouse=True)
def _no_complaints(site: Site) -> Iterator[None]:
    site.complaints.clear()
    yield
    assert site.complaints == []
