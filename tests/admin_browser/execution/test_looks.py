"""Pages of executions in every condition: axe finds nothing serious, and nothing is too wide."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests import factories
from tests.admin_browser.site import DESKTOP, PHONE, Device, Site, fits
from tests.factories import Org

PAGE = "/admin/executions/moduleexecution/{}/"
ENDED = {
    "state": "done", "attempt": 3, "max_attempts": 3, "queued_at": "2026-01-31 12:00:00Z",
    "claimed_at": "2026-01-31 12:00:05Z", "finished_at": "2026-01-31 12:00:09Z",
}  # fmt: skip
RUNNING = {
    "state": "running", "attempt": 1, "lease_until": "2099-01-01Z", "claimed_at": "now()",
    "worker": "nobody's",
}  # fmt: skip
EVENT = (
    "INSERT INTO executions_event (execution_id, org_id, kind, message, attempt, level, data) "
    "VALUES (%s, %s, %s, %s, 1, %s, %s)"
)


def _stored(site: Site, id_: str, **columns: Any) -> None:
    for name, value in columns.items():
        site.db.execute(
            f"UPDATE public.module_executions SET {name} = %s WHERE id = %s", [value, id_]
        )


def _failed(site: Site, org: Org, module: str) -> str:
    id_ = factories.queued_run(
        site.db, org=org, module_id=module, outcome="failed",
        usage='[{"model": "small", "input_tokens": 7, "cost_usd": 0.1}]', **ENDED,
    )  # fmt: skip
    _stored(site, id_, status="failed", error="No answer " * 40, input='{"a": {"b": [1, null]}}')
    began = json.dumps({"started_at": "2026-01-31T12:00:01Z"})
    site.db.execute(EVENT, [id_, org.id, "attempt", "It broke", "warning", began])
    site.db.execute(EVENT, [id_, org.id, "traceback", "Traceback, " * 99, "error", None])
    return id_


def _charted(site: Site, org: Org) -> Iterator[str]:
    """Two of them."""
    module = factories.module(site.db, org=org, python_module="data", name="Sales " * 9)
    pipeline = [{"op": "chart", "kind": "bar", "x": "city", "title": "Visits"}]
    for count in (1, 2):
        data = {"city": ["Bern", "Graz"] * count, "a_rather_long_name_of_a_column": ["x" * 300] * 2
                * count}  # fmt: skip
        answer = site.live.execute(org, module, {"data": data, "pipeline": pipeline})
        assert answer.json()["status"] == "completed", answer.text
        yield answer.json()["execution_id"]


def _running(site: Site, org: Org, module: str) -> str:
    db = site.db
    id_ = factories.queued_run(db, org=org, module_id=module, **RUNNING)
    _stored(site, id_, status="running")
    for level in ("debug", "info", "warning", "error"):
        db.execute(EVENT, [id_, org.id, "log", "word" * 99, level, '{"detail": 1}'])
    db.execute(EVENT, [id_, org.id, "progress", "Half", "info", '{"fraction": 0.5}'])
    db.execute(EVENT, [id_, org.id, "token", "Once upon a time", "info", None])
    factories.queued_run(db, org=org, module_id=module, parent=id_, depth=1, **RUNNING)
    return id_


def _asking(site: Site, org: Org, module: str) -> str:
    id_ = factories.queued_run(
        site.db, org=org, module_id=module, suspended="approval:ask",
        available_at="2099-01-01Z",
    )  # fmt: skip
    site.db.execute(
        "INSERT INTO executions_approval (execution_id, org_id, step, title, message, expires_at) "
        "VALUES (%s, %s, 'ask', 'Send it?', 'To all customers.', now() + interval '1 day')",
        [id_, org.id],
    )
    return id_


@pytest.fixture
def addresses(site: Site, acme: Org) -> list[str]:
    module = factories.module(site.db, org=acme, name="Mailer")
    chart, other = _charted(site, acme)
    pages = [_failed(site, acme, module), _running(site, acme, module), _asking(site, acme, module)]
    row = factories.gateway_row(site.db, org=acme, module_id=module)
    compare = f"{PAGE.format(chart)}compare/?with={other}"
    return [*(f"{PAGE.format(id_)}change/" for id_ in (chart, *pages, row)), compare]


def _serious(page: Page) -> list[str]:
    found = Axe().run(page, context=".pa-x")
    return [
        f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop, light", "phone, dark"])
def test_everybody_can_use_them_and_they_fit(
    site: Site, acme: Org, addresses: list[str], device: Device
) -> None:
    with site.signed_in(acme, role="admin", device=device) as page:
        for address in addresses:
            page.goto(address)
            page.evaluate(
                "document.querySelectorAll('.pa-x details').forEach((one) => { one.open = true })"
            )
            assert _serious(page) == [], address
            assert fits(page), address
