"""The admin of a running installation in Chromium, as somebody who is signed in sees it.

While Playwright runs, Django's connections cannot be used in this thread: rows are plain SQL.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests import factories
from tests.executions.feeds.operators import operator
from tests.factories import Org
from tests.live import Live

Device = dict[str, Any]
DESKTOP: Device = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
PHONE: Device = {
    "viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True,
}  # fmt: skip
SECONDS = 60_000
"""How long anything may take on a machine that is busy, in Playwright's milliseconds."""
_SUPERUSER = "superuser"

expect.set_options(timeout=SECONDS)


@dataclass(kw_only=True)
class Site:
    """`complaints`: errors of pages and their scripts, what the content security policy forbade,
    and requests that came to nothing. A test that leaves any fails."""

    live: Live
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    @property
    def db(self) -> psycopg.Connection[Any]:
        return self.live.db

    @contextmanager
    def window(self, device: Device = DESKTOP, **context: Any) -> Iterator[Page]:
        """An empty one of nobody."""
        where = {"timezone_id": "Asia/Tokyo", "locale": "en", **device, **context}
        with self.browser.new_context(base_url=self.live.web.url, **where) as browser:
            page = browser.new_page()
            page.set_default_timeout(SECONDS)
            page.on("console", self._said)
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            page.on("requestfailed", self._failed)
            yield page

    @contextmanager
    def signed_in(
        self, org: Org, *, role: str = "operator", device: Device = DESKTOP, **context: Any
    ) -> Iterator[Page]:
        """Before any page is opened. role: of the organization, or `superuser`."""
        roles = {} if role == _SUPERUSER else {role: org}
        name = f"{role}-{uuid.uuid4().hex[:12]}"
        person = operator(self.live, name, superuser=role == _SUPERUSER, **roles)
        key, _, value = person.cookie.partition("=")
        with self.window(device, **context) as page:
            page.context.add_cookies([{"name": key, "value": value, "url": self.live.web.url}])
            yield page

    def submit(self, org: Org, agent: str, given: Any, **module: Any) -> str:
        """The id of an execution of a new module."""
        module_id = factories.module(self.db, org=org, python_module=agent, **module)
        answer = self.live.execute(org, module_id, given, prefer="respond-async")
        assert answer.status_code == 202, answer.text
        execution_id: str = answer.json()["execution_id"]
        return execution_id

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left before its answer came
            self.complaints.append(f"{request.failure}: {request.url}")


def fits(page: Page) -> bool:
    """Whether nobody has to scroll sideways."""
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"))


def choose(page: Page, name: str) -> None:
    """As a superuser: see this organization alone."""
    page.goto("/admin/organization/")
    page.get_by_label("Search organizations").fill(name)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/admin/")
