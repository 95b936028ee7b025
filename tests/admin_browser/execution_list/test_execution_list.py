"""The list of executions in a real browser, on the running installation."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.admin_browser.site import DESKTOP, PHONE, Device, Site, fits
from tests.factories import Org

LIST = "/admin/executions/moduleexecution/"


def row(page: Page, execution_id: str) -> Any:
    return page.locator(f'tr[data-id="{execution_id}"]')


def test_a_running_row_changes_by_itself_and_new_ones_are_told(
    site: Site, acme: Org, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    door = factories.module(site.db, org=acme, python_module="door", name="Doorkeeper")
    echo = factories.module(site.db, org=acme, name="Letters")
    given = {"door": str(tmp_path / "open")}
    started = site.live.execute(acme, door, given, prefer="respond-async").json()["execution_id"]
    with site.signed_in(acme) as page:
        page.goto(LIST)
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        expect(row(page, started)).to_contain_text("Running")
        row(page, started).get_by_role("checkbox").check()

        site.live.execute(acme, echo, {"n": 1})
        expect(page.get_by_role("link", name="1 new: show")).to_be_visible()
        (tmp_path / "open").touch()
        expect(row(page, started)).to_contain_text("Completed")
        expect(row(page, started).get_by_role("checkbox")).to_be_checked()

        page.get_by_role("link", name="1 new: show").click()
        expect(page.locator("tbody tr")).to_have_count(2)


def test_new_ones_that_do_not_fit_the_filters_are_not_told(site: Site, acme: Org) -> None:
    echo = factories.module(site.db, org=acme, name="Letters")
    bad = factories.module(site.db, org=acme, python_module="nobody_knows", name="Broken")
    site.live.execute(acme, echo, {"n": 1})
    with site.signed_in(acme) as page:
        page.goto(f"{LIST}?outcome=completed")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        assert site.live.execute(acme, bad).status_code == 409
        door = factories.module(site.db, org=acme, python_module="door", name="Doorkeeper")
        site.live.execute(acme, door, {}, prefer="respond-async")  # fails: it has no door
        with page.expect_response(lambda answer: "/changes/" in answer.url) as asked:
            site.live.execute(acme, door, {})
        assert asked.value.json()["newer"] == 0
        site.live.execute(acme, echo, {"n": 2})
        expect(page.get_by_role("link", name="1 new: show")).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, PHONE])
def test_somebody_cancels_what_is_ticked_after_a_preview(
    site: Site, acme: Org, device: Device
) -> None:
    door = factories.module(site.db, org=acme, python_module="door", name="Doorkeeper")
    given = {"door": "/nowhere"}
    ids = [
        site.live.execute(acme, door, given, prefer="respond-async").json()["execution_id"]
        for _ in range(2)
    ]
    with site.signed_in(acme, device=device) as page:
        page.goto(LIST)
        assert fits(page)
        row(page, ids[0]).get_by_role("checkbox").check()
        page.get_by_role("button", name="Cancel…").click()
        expect(page.get_by_role("heading", name="Cancel: one execution")).to_be_visible()
        assert fits(page)
        page.get_by_role("button", name="Cancel: one execution").click()
        expect(page.get_by_text("1 cancelled.")).to_be_visible()
        expect(row(page, ids[0])).to_contain_text("Cancelled")
        expect(row(page, ids[1])).not_to_contain_text("Cancelled")
        row(page, ids[1]).get_by_role("checkbox").check()
        page.get_by_role("button", name="Cancel…").click()
        page.get_by_role("button", name="Cancel: one execution").click()
        expect(row(page, ids[1])).to_contain_text("Cancelled")


def test_without_javascript_filters_pages_and_downloads_work(site: Site, acme: Org) -> None:
    echo = factories.module(site.db, org=acme, name="Letters")
    for number in range(51):
        assert site.live.execute(acme, echo, {"n": number}).status_code == 200
    with site.signed_in(acme, java_script_enabled=False) as page:
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
