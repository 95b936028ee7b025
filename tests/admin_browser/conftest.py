"""A real browser, signed in to the running installation as an operator of an organization."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser, Page, sync_playwright

from tests.factories import Org
from tests.live import Live

PASSWORD = "correct horse battery staple"
SignedIn = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed with its module: while Playwright runs, Django's connections cannot be used here."""
    path = shutil.which("chromium")
    assert path, "Chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def signed_in(chromium: Browser, live: Live) -> SignedIn:
    """A page of somebody with this role in the organization."""

    @contextmanager
    def page(org: Org, *, role: str = "operator", **context: Any) -> Iterator[Page]:
        name = f"{role}-{org.id[:12]}"
        _user(live, name, org, role)
        with chromium.new_context(base_url=live.web.url, **context) as browser:
            page = browser.new_page()
            page.set_default_timeout(30_000)
            page.goto("/admin/login/")
            page.fill("[name=username]", name)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url("**/admin/")
            yield page

    return page


def _user(live: Live, name: str, org: Org, role: str) -> None:
    live.db.execute(
        "INSERT INTO auth_user (username, password, is_staff, is_active, is_superuser, first_name, "
        "last_name, email, date_joined) VALUES (%s, %s, true, true, false, '', '', '', now()) "
        "ON CONFLICT (username) DO NOTHING",
        [name, _hashed()],
    )
    live.db.execute(
        "INSERT INTO tenancy_membership (user_id, org_id, role, created_at) "
        "SELECT id, %s, %s, now() FROM auth_user WHERE username = %s ON CONFLICT DO NOTHING",
        [org.id, role, name],
    )


def _hashed() -> str:
    return make_password(PASSWORD)
