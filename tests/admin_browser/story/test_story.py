"""An operator's day: configure a module, run it, watch, cancel, mend, compare, find it all again.

One walk through the real thing, on a desk and on a phone; elements are found by what people and
screen readers go by. What the pages look like meanwhile is kept by `album`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.admin_browser.site import DESKTOP, PHONE, Device, Site
from tests.admin_browser.story.album import Album
from tests.admin_browser.story.company import CONTRACT, PASSWORD, Company, founded
from tests.admin_browser.story.model import SUMMARY, SlowModel

EXECUTION = re.compile(r"/executions/moduleexecution/[^/]+/change/$")


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One operator's window. narrow: the menu is behind a button."""

    page: Page
    company: Company
    model: SlowModel
    album: Album
    narrow: bool

    def open(self, entry: str) -> None:
        """An entry of the menu."""
        if self.narrow:
            self.page.get_by_role("button", name="Menu", exact=True).click()
        menu = self.page.locator("#nav-sidebar")
        menu.get_by_role("link", name=entry, exact=True).click()
        expect(self.page).to_have_title(re.compile(entry))

    def status(self, word: str) -> None:
        expect(self.page.get_by_role("region", name="Summary")).to_contain_text(word)

    @contextmanager
    def without_reload(self) -> Iterator[None]:
        self.page.evaluate("window.stillTheSame = true")
        yield
        assert self.page.evaluate("window.stillTheSame")


@pytest.fixture(params=[
    pytest.param((DESKTOP, "Harbour Foods", "mara.lindqvist@harbour-foods.example"), id="desk"),
    pytest.param((PHONE, "Northwind Bakery", "jonas.weber@northwind.example"), id="phone"),
])  # fmt: skip
def walk(
    request: pytest.FixtureRequest, site: Site, tmp_path: Path, screenshots: Path | None
) -> Iterator[Walk]:
    device: Device
    device, name, email = request.param
    narrow = device is PHONE
    company = founded(site.live, name=name, email=email)
    album = Album(folder=tmp_path, published=screenshots, prefix="phone-" if narrow else "")
    model = SlowModel()
    with model.at(site.live.openai), site.window(device, timezone_id="Europe/Berlin") as page:
        yield Walk(page=page, company=company, model=model, album=album, narrow=narrow)


@pytest.mark.timeout(300)  # many waits, of which each may take long on a busy machine
def test_an_operator_configures_runs_watches_cancels_and_compares(walk: Walk) -> None:
    _sign_in(walk)
    _configure(walk)
    first = _watch(walk)
    cancelled = _cancel(walk)
    mended = _run_edited(walk)
    _compare(walk, mended, first)
    _find(walk, cancelled)
    _follow_a_number(walk)
    _look_around(walk)


def _sign_in(walk: Walk) -> None:
    page = walk.page
    page.goto("/admin/")
    page.get_by_label("E-mail or user name").fill(walk.company.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name=re.compile("Runs per hour"))).to_be_visible()


def _configure(walk: Walk) -> None:
    page = walk.page
    walk.open("Modules")
    walk.album.take(page, "modules", publish=not walk.narrow)
    page.get_by_role("link", name="Contract summaries").first.click()
    page.get_by_label("Length").select_option("short")
    page.get_by_role("textbox", name="Why").fill("Buyers read them on their phones")
    walk.album.take(page, "module", publish=not walk.narrow)
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("navigation", name="Parts of the module").get_by_role(
        "link", name="History"
    ).click()
    expect(page.get_by_role("heading", name="Version 2 (current)")).to_be_visible()
    change = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="length"))
    expect(change.first).to_contain_text("medium")
    expect(change.first).to_contain_text("short")
    walk.album.take(page, "history", publish=False)


def _run_now(walk: Walk, text: str) -> str:
    """The address of the execution that it lands on."""
    page = walk.page
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(EXECUTION)
    return page.url


def _watch(walk: Walk) -> str:
    page = walk.page
    first, busy, second = walk.model.gate(), walk.model.gate(busy=True), walk.model.gate()
    page.get_by_role("link", name="Run now").click()
    expect(page.get_by_role("heading", name="Run now")).to_be_visible()
    page.get_by_label("Text", exact=True).fill(CONTRACT)
    walk.album.take(page, "run-now", publish=not walk.narrow)
    address = _run_now(walk, CONTRACT)
    walk.status("Running")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
    with walk.without_reload():
        first.set()
        expect(page.get_by_text("27 %: Part 1 of 3")).to_be_visible()
        expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
        busy.set()
        lines = page.get_by_label("Lines of the log")
        expect(lines).to_contain_text("Part 2 failed and is tried again")
        walk.album.take(page, "execution-live", at=lines if walk.narrow else None)
        second.set()
        walk.status("Completed")
        expect(page.get_by_label("Text as it was written")).to_have_text("".join(SUMMARY))
        expect(page.locator("#output")).to_contain_text(SUMMARY[0].strip())
    walk.album.take(page, "execution-finished", publish=False)
    return address


def _cancel(walk: Walk) -> str:
    page = walk.page
    walk.model.gate()  # stays closed
    page.get_by_role("link", name="Edit and run").click()
    address = _run_now(walk, f"{CONTRACT}\nThe price list is attached.")
    walk.status("Running")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel").click()
    walk.status("Cancelled")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    walk.album.take(page, "execution-cancelled", publish=False)
    return address


def _run_edited(walk: Walk) -> str:
    walk.page.get_by_role("link", name="Edit and run").click()
    expect(walk.page.get_by_label("Text", exact=True)).to_have_value(re.compile("price list"))
    address = _run_now(walk, CONTRACT.replace("three\nmonths", "six\nmonths"))
    walk.status("Completed")
    return address


def _compare(walk: Walk, mended: str, first: str) -> None:
    page = walk.page
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_label("Compare with").select_option(first.split("/")[-3])
    page.get_by_role("button", name="Compare").click()
    side = page.get_by_role("region", name="Side by side").first
    expect(side.get_by_text("Completed")).to_have_count(2)
    expect(page.get_by_role("region", name="Input").first).to_contain_text("six")
    expect(page.get_by_role("region", name="Input").first).to_contain_text("three")
    expect(page.get_by_role("region", name="Config").first).to_contain_text("the same config")
    assert mended != first
    walk.album.take(page, "compare")


def _rows(page: Page) -> Locator:
    return page.get_by_role("table").get_by_role("row").filter(has=page.get_by_role("cell"))


def _find(walk: Walk, cancelled: str) -> None:
    page = walk.page
    walk.open("Executions")
    walk.album.take(page, "executions")
    page.get_by_label("Module").select_option(label="Contract summaries")
    page.get_by_label("Result").select_option(label="Cancelled")
    page.get_by_label("Time", exact=True).select_option(label="The last hour")
    page.get_by_role("button", name="Show").click()
    expect(_rows(page)).to_have_count(1)
    page.get_by_role("table").get_by_role("link", name="Contract summaries").click()
    assert page.url == cancelled


def _follow_a_number(walk: Walk) -> None:
    page = walk.page
    walk.open("Overview")
    link = page.get_by_role("link", name=re.compile("^Cancelled"))
    walk.album.take(page, "dashboard")
    number = int(link.inner_text().split()[-1])
    link.click()
    expect(page.get_by_label("Result")).to_have_value("cancelled")
    expect(_rows(page)).to_have_count(number)


def _look_around(walk: Walk) -> None:
    page = walk.page
    walk.open("Operations")
    question = page.get_by_role("link", name="Remind 2 customers of their orders?")
    expect(question).to_be_visible()
    walk.album.take(page, "operations", publish=not walk.narrow)
    page.goto(f"/admin/executions/moduleexecution/{walk.company.report}/change/")
    chart = page.get_by_role("img", name="Revenue by city")
    expect(chart).to_be_visible()
    walk.album.take(page, "execution", publish=not walk.narrow, at=chart)
