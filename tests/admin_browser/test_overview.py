"""The first page and operations in a browser: they keep up to date, and a pause goes through."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import (  # noqa: F401 (fixtures)
    DESKTOP,
    PHONE,
    Site,
    _no_complaints,
    acme,
    globex,
    site,
)
from tests.factories import Org

TICKS = """
window.ticks = 0;
const real = window.setTimeout;
window.setTimeout = (f, ms, ...rest) => real(f, ms >= 1000 ? (window.ticks++, 50) : ms, ...rest);
"""
"""A page's seconds are over in a moment; how many rounds it planned is counted."""


def waiting(site: Site, org: Org, module: str) -> str:  # noqa: F811 (the fixture)
    return factories.queued_run(site.db, org=org, module_id=module)


def test_the_first_page_follows_what_happens_and_rests_while_hidden(
    site: Site,  # noqa: F811
    acme: Org,  # noqa: F811
) -> None:
    module = factories.module(site.db, org=acme)
    waiting(site, acme, module)
    with site.signed_in(site.account(acme, role="admin"), DESKTOP) as page:
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


def test_an_organization_is_paused_and_resumed(
    site: Site,  # noqa: F811
    acme: Org,  # noqa: F811
) -> None:
    waiting(site, acme, factories.module(site.db, org=acme))
    [[name]] = site.db.execute("SELECT name FROM public.organizations WHERE id = %s", [acme.id])
    with site.signed_in(site.account(acme, role="super_admin"), DESKTOP) as page:
        page.goto("/admin/operations/")
        row = page.get_by_role("row").filter(has_text=name)
        row.get_by_role("link", name="Pause…").click()
        page.get_by_label("Reason").fill("Checking the books")
        page.get_by_label("Type").fill("everything")
        page.get_by_role("button", name="Pause it").click()
        expect(page.get_by_text("That is not its name")).to_be_visible()
        page.get_by_label("Type").fill(name)
        page.get_by_role("button", name="Pause it").click()
        page.wait_for_url("**/operations/")
        expect(page.get_by_text("The organization is paused: Checking the books")).to_be_visible()
        page.get_by_role("button", name=f"Resume {name}").click()
        expect(page.get_by_text("Resumed the organization")).to_be_visible()
        expect(page.get_by_text("Checking the books")).to_have_count(0)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("role", ["super_admin", "member"])
def test_every_page_fits_its_window_and_axe_finds_nothing_serious(
    site: Site,  # noqa: F811
    acme: Org,  # noqa: F811
    device: dict[str, Any],
    role: str,
) -> None:
    module = factories.module(site.db, org=acme, name="A module with quite a long name to show")
    waiting(site, acme, module)
    with site.signed_in(site.account(acme, role=role), device) as page:
        for path in ("", "operations/", *(["operations/purge/"] if role == "super_admin" else [])):
            page.goto(f"/admin/{path}")
            wide, window = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert wide <= window, path
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
