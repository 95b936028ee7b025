"""Operators at work in a browser: sign in, find, change; on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.admin_browser.site import DESKTOP, PHONE, Device, Site, choose, fits
from tests.factories import Org


def name_of(site: Site, module: str) -> str:
    found = site.db.execute("SELECT name FROM public.modules WHERE id = %s", [module]).fetchone()
    assert found is not None
    return str(found[0])


def test_a_module_is_found_with_the_keyboard_and_renamed(site: Site, acme: Org) -> None:
    module = factories.module(site.db, org=acme, name="Letters")
    with site.signed_in(acme, role="admin") as page:
        page.goto("/admin/")
        page.keyboard.press("Control+k")
        page.locator("#search-input-command").press_sequentially("letters")
        page.locator("#command-results-list").get_by_text("Letters").click()
        page.wait_for_url(f"**/{module}/change/")
        page.get_by_label("Name").fill("Post")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/modules/module/")
        expect(page.get_by_role("link", name="Post", exact=True).first).to_be_visible()
    assert name_of(site, module) == "Post"


def test_times_are_in_the_browsers_zone(site: Site, acme: Org) -> None:
    task = factories.task(site.db, org=acme)
    site.db.execute(
        "UPDATE public.tasks SET created_at = '2026-03-01 20:00:00' WHERE id = %s", [task]
    )
    with site.signed_in(acme, role="viewer") as page:
        page.goto("/admin/")  # whose script says which zone it is
        page.goto("/admin/executions/task/")
        expect(page.get_by_text("Times in Asia/Tokyo")).to_be_visible()
        expect(page.get_by_text("March 2, 2026, 5 a.m.")).to_be_visible()


def test_the_menu_of_a_phone_leads_everywhere(site: Site, acme: Org) -> None:
    factories.module(site.db, org=acme, name="Pocket")
    with site.signed_in(acme, role="admin", device=PHONE) as page:
        page.goto("/admin/modules/modulepolicy/")
        page.get_by_role("button", name="Menu", exact=True).click()
        page.locator("#nav-sidebar").get_by_role("link", name="Modules", exact=True).click()
        page.wait_for_url("**/modules/module/")
        expect(page.get_by_text("Pocket").first).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_no_page_is_wider_than_its_window(site: Site, acme: Org, device: Device) -> None:
    factories.module(site.db, org=acme, name="A name " * 20)
    with site.signed_in(acme, role="admin", device=device) as page:
        for path in (
            "", "modules/module/", "modules/module/add/", "executions/step/", "organization/",
            "two-factor/", "tenancy/apikey/",
        ):  # fmt: skip
            page.goto(f"/admin/{path}")
            assert fits(page), path


def test_a_superuser_searches_for_an_organization_and_sees_it_alone(
    site: Site, acme: Org, globex: Org
) -> None:
    ours = factories.module(site.db, org=acme, name=f"of {acme.id}")
    factories.module(site.db, org=globex, name=f"of {globex.id}")
    with site.signed_in(globex, role="superuser") as page:
        page.goto("/admin/")
        page.get_by_role("link", name="All organizations").click()
        choose(page, acme.name)
        page.goto("/admin/modules/module/")
        expect(page.get_by_text(f"of {acme.id}").first).to_be_visible()
        expect(page.get_by_text(f"of {globex.id}")).to_have_count(0)
        assert ours


def test_a_script_inside_a_page_does_not_run(site: Site, acme: Org) -> None:
    with site.signed_in(acme, role="admin") as page:
        page.goto("/admin/")
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'ran = true';"
            " document.body.append(s); }"
        )
        assert page.evaluate("typeof ran") == "undefined"
    assert any("Content Security Policy" in said for said in site.complaints)
    site.complaints.clear()
