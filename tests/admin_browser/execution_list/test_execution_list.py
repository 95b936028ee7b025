"""The list of executions in a real browser, on the running installation."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.admin_browser.conftest import SignedIn
from tests.live import Live

LIST = "/admin/executions/moduleexecution/"
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
SOON_MS = 30_000


def row(page: Page, execution_id: str) -> Any:
    return page.locator(f'tr[data-id="{execution_id}"]')


def fits(page: Page) -> bool:
    """Nothing sticks out of the page at its side."""
    inside: bool = page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    return inside


def test_a_running_row_changes_by_itself_and_new_ones_are_told(
    live: Live, signed_in: SignedIn, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    org = factories.organization(live.db)
    door = factories.module(live.db, org=org, python_module="door", name="Doorkeeper")
    echo = factories.module(live.db, org=org, name="Letters")
    given = {"door": str(tmp_path / "open")}
    started = live.execute(org, door, given, prefer="respond-async").json()["execution_id"]
    with signed_in(org, **DESKTOP) as page:
        page.goto(LIST)
        expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=SOON_MS)
        expect(row(page, started)).to_contain_text("Running", timeout=SOON_MS)
        row(page, started).get_by_role("checkbox").check()

        live.execute(org, echo, {"n": 1})
        expect(page.get_by_role("link", name="1 new: show")).to_be_visible(timeout=SOON_MS)
        (tmp_path / "open").touch()
        expect(row(page, started)).to_contain_text("Completed", timeout=SOON_MS)
        expect(row(page, started).get_by_role("checkbox")).to_be_checked()

        page.get_by_role("link", name="1 new: show").click()
        expect(page.locator("tbody tr")).to_have_count(2)


def test_new_ones_that_do_not_fit_the_filters_are_not_told(live: Live, signed_in: SignedIn) -> None:
    org = factories.organization(live.db)
    echo = factories.module(live.db, org=org, name="Letters")
    bad = factories.module(live.db, org=org, python_module="nobody_knows", name="Broken")
    live.execute(org, echo, {"n": 1})
    with signed_in(org, **DESKTOP) as page:
        page.goto(f"{LIST}?outcome=completed")
        expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=SOON_MS)
        assert live.execute(org, bad).status_code == 409
        door = factories.module(live.db, org=org, python_module="door", name="Doorkeeper")
        live.execute(org, door, {}, prefer="respond-async")  # fails: it has no door
        with page.expect_response(lambda answer: "/changes/" in answer.url) as asked:
            live.execute(org, door, {})
        assert asked.value.json()["newer"] == 0
        live.execute(org, echo, {"n": 2})
        expect(page.get_by_role("link", name="1 new: show")).to_be_visible(timeout=SOON_MS)


@pytest.mark.parametrize("device", [DESKTOP, PHONE])
def test_somebody_cancels_what_is_ticked_after_a_preview(
    live: Live, signed_in: SignedIn, device: dict[str, Any]
) -> None:
    org = factories.organization(live.db)
    door = factories.module(live.db, org=org, python_module="door", name="Doorkeeper")
    ids = [
        live.execute(org, door, {"door": "/nowhere"}, prefer="respond-async").json()["execution_id"]
        for _ in range(2)
    ]
    with signed_in(org, **device) as page:
        page.goto(LIST)
        assert fits(page)
        row(page, ids[0]).get_by_role("checkbox").check()
        page.get_by_role("button", name="Cancel…").click()
        expect(page.get_by_role("heading", name="Cancel: one execution")).to_be_visible()
        assert fits(page)
        page.get_by_role("button", name="Cancel: one execution").click()
        expect(page.get_by_text("1 cancelled.")).to_be_visible()
        expect(row(page, ids[0])).to_contain_text("Cancelled", timeout=SOON_MS)
        expect(row(page, ids[1])).not_to_contain_text("Cancelled")
        row(page, ids[1]).get_by_role("checkbox").check()
        page.get_by_role("button", name="Cancel…").click()
        page.get_by_role("button", name="Cancel: one execution").click()
        expect(row(page, ids[1])).to_contain_text("Cancelled", timeout=SOON_MS)


def test_without_javascript_filters_pages_and_downloads_work(
    live: Live, signed_in: SignedIn
) -> None:
    org = factories.organization(live.db)
    echo = factories.module(live.db, org=org, name="Letters")
    for number in range(51):
        assert live.execute(org, echo, {"n": number}).status_code == 200
    with signed_in(org, java_script_enabled=False, **DESKTOP) as page:
        page.goto(LIST)
        expect(page.locator("tbody tr")).to_have_count(50)
        page.get_by_role("link", name="Older").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        page.get_by_role("link", name="Newer").click()
        expect(page.locator("tbody tr")).to_have_count(50)
        page.get_by_label("Result").select_option("failed")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
        page.get_by_role("link", name="Show all").first.click()
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        assert len(Path(download.value.path()).read_text().splitlines()) == 52
