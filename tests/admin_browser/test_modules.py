"""An operator configures a module and runs it, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.admin_browser.site import DESKTOP, PHONE, Device, Site, fits
from tests.factories import Org


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_module_is_configured_and_run(site: Site, acme: Org, device: Device) -> None:
    module = factories.module(site.db, org=acme, name="Tables", python_module="echo")
    factories.secret(site.db, org=acme, name="MODEL_KEY", value="hush-hush")
    with site.signed_in(acme, device=device) as page:
        page.goto(f"/admin/modules/module/{module}/change/")
        page.select_option("[name=python_module]", "nlp")  # the script asks for its fields
        page.wait_for_selector("[name='config.model']", state="attached")
        page.click(".schema-more summary")
        picker = page.locator("input[name='config.api_key'] + .schema-secret-picker")
        picker.select_option("MODEL_KEY")
        expect(page.locator("[name='config.api_key']")).to_have_value("${{ secrets.MODEL_KEY }}")
        page.fill("[name='config.temperature']", "9")
        page.click("button[name=_continue]")
        expect(page.locator("[id='error_config.temperature']")).to_be_visible()
        assert fits(page)

        page.select_option("[name=python_module]", "data")
        page.wait_for_selector("[name='config.max_rows']", state="attached")
        page.click("button[name=_continue]")
        expect(page.locator("#content-main")).to_contain_text("Describes, cleans and reshapes")

        page.click("text=Run now")
        page.set_input_files(
            "#file", {"name": "t.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n3,4\n"}
        )
        assert fits(page)
        page.click(".pa-run button:has-text('Run')")
        page.wait_for_url(re.compile("/executions/moduleexecution/.*/change/"))
    [(execution_id,)] = site.db.execute(
        "SELECT execution_id FROM executions_run WHERE module_id = %s", [module]
    ).fetchall()
    assert site.live.finished(acme, execution_id)["output"]["rows"] == 2


def test_without_our_scripts_the_same_can_be_done(site: Site, acme: Org) -> None:
    module = factories.module(site.db, org=acme, name="Plain", python_module="echo")
    with site.signed_in(acme) as page:
        for script in ("modules", "schema_forms"):
            page.route(f"**/{script}.js", lambda route: route.abort())
        page.goto(f"/admin/modules/module/{module}/change/")
        page.select_option("[name=python_module]", "data")
        page.click("text=Show its settings")
        page.wait_for_selector("[name='config.operation']", state="attached")
        page.goto(f"/admin/modules/module/{module}/run/")
        page.fill("[name='input_data.sleep_s']", "0")
        page.click(".pa-run button:has-text('Run')")
        page.wait_for_url(re.compile("/executions/moduleexecution/.*/change/"))
    site.complaints[:] = [one for one in site.complaints if "ERR_FAILED" not in one]


def test_a_module_is_paused_and_resumed(site: Site, acme: Org) -> None:
    module = factories.module(site.db, org=acme, name="Echo")
    with site.signed_in(acme) as page:
        page.goto(f"/admin/modules/module/{module}/policy/")
        page.click("summary:has-text('Pause')")
        page.fill("#pause-reason", "New prices")
        page.click(".pa-ask-form button")
        expect(page.locator(".pa-note--warm")).to_contain_text("New prices")
        page.click("button:has-text('Resume')")
        expect(page.locator(".pa-note--warm")).to_have_count(0)
