"""The page of an execution in a real browser: what happens is seen while it happens."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.admin_browser.site import PHONE, Site, fits
from tests.factories import Org

PAGE = "/admin/executions/moduleexecution/{}/change/"


def _doors(folder: Path, count: int) -> list[Path]:
    return [folder / f"door-{number}" for number in range(count)]


def _status(page: Page, word: str) -> None:
    expect(page.locator(".pa-x-big .pa-x-status")).to_contain_text(word)


def test_a_run_is_watched_to_its_end_over_a_restart_of_the_web_server(
    site: Site, acme: Org, tmp_path: Path
) -> None:
    doors = _doors(tmp_path, 3)
    id_ = site.submit(acme, "narrator", {"doors": [str(door) for door in doors]})
    with site.signed_in(acme) as page:
        page.goto(PAGE.format(id_))
        connection = page.locator("#connection")
        expect(connection).to_have_text("Live")
        expect(page.locator("#log")).to_contain_text("before door 1")
        _status(page, "Running")

        site.live.web.stop()
        try:
            expect(connection).to_contain_text("Reconnecting…")
            doors[0].touch()
        finally:
            site.live.restart_web()
        expect(connection).to_have_text("Live")
        expect(page.locator("#log")).to_contain_text("before door 2")

        doors[1].touch()
        expect(page.locator("#streamed pre")).to_have_text("Part 1. Part 2. Part 3. ")
        expect(page.locator("#progress-words")).to_have_text("75 %: door 3")
        doors[2].touch()
        _status(page, "Completed")
        expect(page.locator("#output")).to_contain_text("They lived happily.")
        expect(page.locator("#used")).to_contain_text("$0.2500")
        for number in (1, 2, 3):  # nothing is missed, nothing comes twice
            lines = page.locator("#log li", has_text=f"before door {number}")
            expect(lines).to_have_count(1)
    site.complaints[:] = [one for one in site.complaints if "ERR_CONNECTION_REFUSED" not in one]


def test_the_log_is_filtered_by_level(site: Site, acme: Org, tmp_path: Path) -> None:
    [door] = _doors(tmp_path, 1)
    door.touch()
    id_ = site.submit(acme, "narrator", {"doors": [str(door)]})
    site.live.finished(acme, id_)
    with site.signed_in(acme, role="viewer") as page:
        page.goto(PAGE.format(id_))
        detail, warning = page.get_by_text("looking closer"), page.get_by_text("before door 1")
        expect(warning).to_be_visible()
        expect(detail).to_be_hidden()
        page.get_by_label("Show").select_option("everything")
        expect(detail).to_be_visible()
        page.get_by_label("Show").select_option("errors")
        expect(warning).to_be_hidden()


def test_a_running_one_is_cancelled_after_a_question_on_a_phone(
    site: Site, acme: Org, tmp_path: Path
) -> None:
    id_ = site.submit(acme, "narrator", {"doors": [str(tmp_path / "never")]})
    with site.signed_in(acme, device=PHONE) as page:
        page.goto(PAGE.format(id_))
        expect(page.locator("#log")).to_contain_text("before door 1")
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.get_by_role("button", name="Cancel").click()
        _status(page, "Running")
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Cancel").click()
        _status(page, "Cancelled")
        expect(page.get_by_role("button", name="Run again")).to_be_visible()
        assert fits(page)


def test_an_approval_is_decided_on_the_page_and_the_run_goes_on(site: Site, acme: Org) -> None:
    id_ = site.submit(acme, "in_steps", {})
    with site.signed_in(acme) as page:
        page.goto(PAGE.format(id_))
        approve = page.get_by_role("button", name="Approve")
        expect(approve).to_be_visible()
        page.get_by_label("Comment (optional)").fill("Looks right.")
        approve.click()
        _status(page, "Completed")
        expect(page.locator("#questions")).to_contain_text("Looks right.")
        expect(page.locator("#output")).to_contain_text("approved")


def test_an_output_is_copied(site: Site, acme: Org) -> None:
    id_ = site.submit(acme, "echo", {"word": "Grüße"})
    site.live.finished(acme, id_)
    clipboard = ["clipboard-read", "clipboard-write"]
    with site.signed_in(acme, role="viewer", permissions=clipboard) as page:
        page.goto(PAGE.format(id_))
        page.get_by_role("button", name="Copy output").click()
        expect(page.get_by_role("button", name="Copied").first).to_be_visible()
        assert "Grüße" in page.evaluate("navigator.clipboard.readText()")
