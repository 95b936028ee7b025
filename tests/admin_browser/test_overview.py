"""The first page and operations in a browser: they keep up to date, and a pause goes through."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import factories
from tests.admin_browser.site import DESKTOP, PHONE, Device, Site, choose, fits
from tests.factories import Org

TICKS = """
window.ticks = 0;
const real = window.setTimeout;
window.setTimeout = (f, ms, ...rest) => real(f, ms >= 1000 ? (window.ticks++, 50) : ms, ...rest);
"""
"""A page's seconds are over in a moment; how many rounds it planned is counted."""


def held(site: Site, org: Org, *, name: str = "A module") -> str:
    """A module that is paused, so that its runs wait."""
    module = factories.module(site.db, org=org, name=name)
    factories.policy(site.db, org=org, module_id=module, paused=True)
    return module


def waiting(site: Site, org: Org, module: str) -> None:
    answer = site.live.execute(org, module, {}, prefer="respond-async")
    assert answer.status_code == 202, answer.text


def test_the_first_page_follows_what_happens_and_rests_while_hidden(site: Site, acme: Org) -> None:
    module = held(site, acme)
    waiting(site, acme, module)
    with site.signed_in(acme, role="admin") as page:
        page.add_init_script(TICKS)
        page.goto("/admin/")
        tile = page.locator(".po-figures li", has_text="Waiting").locator(".po-value")
        expect(tile).to_have_text("1")
        waiting(site, acme, module)
        expect(tile).to_have_text("2")
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {configurable: true, value: true});"
            "document.dispatchEvent(new Event('visibilitychange')); window.ticks = 0"
        )
        waiting(site, acme, module)
        page.wait_for_function("new Promise(done => requestAnimationFrame(() => done(true)))")
        assert page.evaluate("window.ticks") <= 1  # a round that was under way
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {configurable: true, value: false});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        expect(tile).to_have_text("3")


def test_an_organization_is_paused_and_resumed(site: Site, acme: Org) -> None:
    waiting(site, acme, held(site, acme))
    with site.signed_in(acme, role="superuser") as page:
        choose(page, acme.name)
        page.goto("/admin/operations/")
        row = page.get_by_role("row").filter(has_text=acme.name)
        row.get_by_role("link", name="Pause…").click()
        page.get_by_label("Reason").fill("Checking the books")
        page.get_by_label("Type").fill("everything")
        page.get_by_role("button", name="Pause it").click()
        expect(page.get_by_text("That is not its name")).to_be_visible()
        page.get_by_label("Type").fill(acme.name)
        page.get_by_role("button", name="Pause it").click()
        page.wait_for_url("**/operations/")
        expect(page.get_by_text("The organization is paused: Checking the books")).to_be_visible()
        page.get_by_role("button", name=f"Resume {acme.name}").click()
        expect(page.get_by_text("Resumed the organization")).to_be_visible()
        expect(page.get_by_text("Checking the books")).to_have_count(0)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("role", ["superuser", "viewer"])
def test_every_page_fits_its_window_and_axe_finds_nothing_serious(
    site: Site, acme: Org, device: Device, role: str
) -> None:
    waiting(site, acme, held(site, acme, name="A module with quite a long name to show"))
    with site.signed_in(acme, role=role, device=device) as page:
        for path in ("", "operations/", *(["operations/purge/"] if role == "superuser" else [])):
            page.goto(f"/admin/{path}")
            assert fits(page), path
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
