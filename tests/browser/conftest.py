"""The admin in the system's Chromium, on a web server of its own.

Rows are made with plain SQL: while Playwright runs, Django's connections cannot be used in this
thread. People are accounts of the platform, who need no Django user beforehand.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bcrypt
import psycopg
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import databases, factories
from tests.factories import Org
from tests.processes import Web

PASSWORD = "correct horse battery staple"
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True,
}  # fmt: skip


@dataclass(kw_only=True)
class Site:
    """`complaints`: what browsers said about pages: errors, and what the policy forbade."""

    url: str
    db: psycopg.Connection[Any]
    browser: Browser
    complaints: list[str]

    def account(self, org: Org, *, role: str) -> str:
        """The e-mail address of somebody who can sign in."""
        email = f"{uuid.uuid4().hex}@example.com"
        stored = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        self.db.execute(
            "INSERT INTO public.users (id, name, email, password, role, org_id) "
            "VALUES (%s, 'Pat', %s, %s, %s, %s)",
            [uuid.uuid4().hex, email, stored, role, org.id],
        )
        return email

    @contextmanager
    def signed_in(self, email: str, device: dict[str, Any]) -> Iterator[Page]:
        context = self.browser.new_context(
            base_url=self.url, timezone_id="Asia/Tokyo", locale="en", **device
        )
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto("/admin/")
        page.get_by_label("E-mail or user name").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/admin/")
        try:
            yield page
        finally:
            context.close()

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "favicon" not in message.location.get("url", ""):
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def site(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    assert CHROMIUM, "chromium is needed: apt-get install chromium, or name it in CHROMIUM"
    with django_db_blocker.unblock(), databases.copy_of_test_database("browser") as params:
        env = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": databases.url(params)}
        web = Web(env=env, log=tmp_path_factory.mktemp("browser") / "web.log")
        try:
            web.wait_ready()
            with databases.connect(params) as db, sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox"]
                )
                yield Site(url=web.url, db=db, browser=browser, complaints=[])
                browser.close()
        finally:
            web.stop()


@pytest.fixture
def acme(site: Site) -> Org:
    return factories.organization(site.db, name=f"Acme {uuid.uuid4().hex[:6]}")


@pytest.fixture
def globex(site: Site) -> Org:
    return factories.organization(site.db, name=f"Globex {uuid.uuid4().hex[:6]}")


@pytest.fixture(autouse=True)
def _no_complaints(site: Site) -> Iterator[None]:
    site.complaints.clear()
    yield
    assert site.complaints == []
