"""Pausing, resuming and emptying the queue: a preview first, the name typed, for superusers."""

import re

import pytest
from django.test import Client

from executions.models import KillSwitch, Run
from platform_agents.tenancy.audit import AuditEntry
from platform_agents.tenancy.models import OrgPolicy
from tests.executions.admin_overview.conftest import OPERATIONS, execute, queued
from tests.tenancy.conftest import EVERY_ROW, Shop, staff, text

BASE = f"/admin/{OPERATIONS}"


@pytest.fixture(autouse=True)
def _queued_before(acme: Shop, globex: Shop) -> None:
    """A test is one transaction, and for a preview it is still when that began."""
    execute("UPDATE executions_run SET queued_at = now() - interval '1 hour'")


def waiting(shop: Shop) -> int:
    return Run.objects.for_org(shop.org.id).filter(state="queued").count()


def verbs() -> list[str]:
    return list(AuditEntry.objects.unscoped(EVERY_ROW).values_list("verb", flat=True))


def until(client: Client, query: str) -> str:
    found = re.search(r'name="until" value="([^"]+)"', text(client, f"{OPERATIONS}purge/{query}"))
    assert found
    return found[1]


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
@pytest.mark.parametrize("deed", ["pause", "resume", "purge"])
def test_members_may_not_whatever_they_name(acme: Shop, globex: Shop, role: str, deed: str) -> None:
    client = staff("ann", acme=(acme, role))
    given = {"confirm": "everything", "reason": "x", "until": "x"}
    for query in ("", f"?org={acme.org.id}", f"?org={globex.org.id}", "?module=x"):
        assert client.post(f"{BASE}{deed}/{query}", given).status_code == 403
    assert waiting(acme) == waiting(globex) == 1
    assert not KillSwitch.objects.exists()
    assert verbs() == []


def test_everything_is_paused_after_its_name_was_typed_and_resumed(superuser: Client) -> None:
    page = f"{BASE}pause/"
    body = superuser.post(page, {"confirm": "everythin", "reason": "Moving"}).content.decode()
    assert "That is not its name" in body
    body = superuser.post(page, {"confirm": "everything", "reason": ""}).content.decode()
    assert "required" in body
    assert not KillSwitch.objects.exists()
    done = superuser.post(page, {"confirm": "everything", "reason": "Moving"}, follow=True)
    assert "Everything is paused" in done.content.decode()
    assert KillSwitch.objects.get().paused
    assert superuser.get(f"{BASE}resume/").status_code == 405
    superuser.post(f"{BASE}resume/")
    assert not KillSwitch.objects.get().paused
    assert sorted(verbs()) == ["switch.paused", "switch.resumed"]


def test_one_organization_is_paused_by_its_own_name(
    superuser: Client, acme: Shop, globex: Shop
) -> None:
    page = f"{BASE}pause/?org={acme.org.id}"
    assert "Globex" not in superuser.get(page).content.decode()
    superuser.post(page, {"confirm": "everything", "reason": "Late"})
    assert not OrgPolicy.objects.for_org(acme.org.id).get().paused
    superuser.post(page, {"confirm": "Acme", "reason": "Late"})
    assert OrgPolicy.objects.for_org(acme.org.id).get().paused
    assert not OrgPolicy.objects.for_org(globex.org.id).get().paused


def test_a_purge_ends_exactly_what_its_page_showed(
    superuser: Client, acme: Shop, globex: Shop
) -> None:
    for _ in range(3):
        queued(acme.org, acme.module, minutes=1)
    query = f"?org={acme.org.id}"
    body = text(superuser, f"{OPERATIONS}purge/{query}")
    assert "4 runs that wait" in body
    assert "Acme module" in body
    shown = until(superuser, query)
    later = queued(acme.org, acme.module, minutes=-1)
    Run.objects.for_org(acme.org.id).filter(execution_id=later).update(
        queued_at="2100-01-01T00:00Z"
    )
    page = f"{BASE}purge/{query}"
    superuser.post(page, {"confirm": "Globex", "until": shown})
    assert waiting(acme) == 5
    done = superuser.post(page, {"confirm": "Acme", "until": shown}, follow=True)
    assert "4 runs were taken out of the queue" in done.content.decode()
    assert waiting(acme) == 1
    assert waiting(globex) == 1
    assert verbs() == ["queue.purged"]


@pytest.mark.parametrize("moment", ["", "x", "2100-01-01T00:00:00+00:00", "\x00"])
def test_a_moment_that_no_page_showed_purges_nothing(
    superuser: Client, acme: Shop, moment: str
) -> None:
    given = {"confirm": "Acme", "until": moment}
    assert superuser.post(f"{BASE}purge/?org={acme.org.id}", given).status_code == 200
    assert waiting(acme) == 1


@pytest.mark.parametrize("deed", ["pause", "purge"])
@pytest.mark.parametrize("query", ["?org=none", "?module=none"])
def test_what_is_not_there_is_not_found(superuser: Client, deed: str, query: str) -> None:
    assert superuser.get(f"{BASE}{deed}/{query}").status_code == 404


def test_a_chosen_organization_is_all_that_can_be_hit(
    superuser: Client, acme: Shop, globex: Shop
) -> None:
    superuser.post("/admin/organization/", {"organization": acme.org.id})
    missing = superuser.get(f"{BASE}purge/?org=none")
    foreign = superuser.get(f"{BASE}purge/?org={globex.org.id}")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    assert superuser.get(f"{BASE}purge/?module={globex.module}").content == missing.content
    superuser.post(f"{BASE}purge/", {"confirm": "Acme", "until": until(superuser, "")})
    assert (waiting(acme), waiting(globex)) == (0, 1)


def test_one_module_is_emptied_by_its_own_name(superuser: Client, acme: Shop) -> None:
    query = f"?module={acme.module}"
    moment = until(superuser, query)
    superuser.post(f"{BASE}purge/{query}", {"confirm": "Acme module", "until": moment})
    assert waiting(acme) == 0
