"""The pages of webhooks: who edits them, what is shown of their secrets, and deliveries again."""

import re
from typing import Any

from django.db import connection
from django.test import Client

from executions.models import Delivery, SigningSecret
from modules.models import ModuleWebhook
from modules.webhook_signing import key_of, new_secret
from tests import factories
from tests.tenancy.conftest import Shop, staff, text

LIST = "/admin/modules/modulewebhook/"
ADD = f"{LIST}add/"
URL = "https://receiver.example/done"
LOG = "/admin/executions/delivery/"
SIGNING = "/admin/executions/signingsecret/"


def given(shop: Shop, **changes: Any) -> dict[str, Any]:
    return {
        "module": shop.module, "url": URL, "outcomes": ["completed", "lost"], "enabled": "on",
        "secret": "", **changes,
    }  # fmt: skip


def hook(shop: Shop, url: str = URL) -> ModuleWebhook:
    return ModuleWebhook.objects.for_org(shop.org.id).get(url=url)


def refused(client: Client, path: str, **values: Any) -> dict[str, list[str]]:
    response = client.post(path, values)
    assert response.status_code == 200, response.status_code
    return dict(response.context["adminform"].form.errors)


def delivery(shop: Shop) -> Delivery:
    return Delivery.objects.for_org(shop.org.id).get(id=shop.delivery)


def test_an_operator_adds_one_and_sees_its_secret_this_once(operator: Client, acme: Shop) -> None:
    page = operator.post(ADD, given(acme), follow=True).content.decode()
    made = hook(acme)
    assert (made.module_id, made.outcomes, made.changed_by) == (
        acme.module, ["completed", "lost"], "ann",
    )  # fmt: skip
    shown = re.findall(r"whsec_[A-Za-z0-9+/=]+", page)
    assert shown == [made.value()]
    for path in ("", f"{made.pk}/change/", f"{made.pk}/history/", f"{made.pk}/delete/"):
        page = text(operator, f"modules/modulewebhook/{path}")
        assert made.value() not in page


def test_a_secret_of_ones_own_is_taken_and_not_shown(operator: Client, acme: Shop) -> None:
    own = new_secret()
    page = operator.post(ADD, given(acme, secret=own), follow=True).content.decode()
    assert hook(acme).value() == own
    assert own not in page


def test_a_change_keeps_the_secret_unless_a_new_one_is_asked_for(
    operator: Client, acme: Shop
) -> None:
    operator.post(ADD, given(acme))
    before = hook(acme).value()
    path = f"{LIST}{hook(acme).pk}/change/"
    operator.post(path, given(acme, outcomes=["failed"]))
    assert (hook(acme).outcomes, hook(acme).value()) == (["failed"], before)
    operator.post(path, given(acme, new_secret="on"))
    assert key_of(hook(acme).value()) != key_of(before)


def test_what_is_no_address_and_no_secret_is_refused(operator: Client, acme: Shop) -> None:
    for url in ("ftp://a.example/", "https://u:p@a.example/", "http://10.0.0.1/", "//a", "x"):
        assert list(refused(operator, ADD, **given(acme, url=url))) == ["url"], url
    assert list(refused(operator, ADD, **given(acme, secret="hunter2"))) == ["secret"]
    assert list(refused(operator, ADD, **given(acme, outcomes=["won"]))) == ["outcomes"]


def test_a_path_needs_the_gateways_address(operator: Client, acme: Shop, settings: Any) -> None:
    path = "/api/hooks/executions"
    [why] = refused(operator, ADD, **given(acme, url=path))["url"]
    assert "NODE_API_URL" in why
    settings.NODE_API_URL = "http://127.0.0.1:5000"
    assert operator.post(ADD, given(acme, url=path)).status_code == 302
    assert list(refused(operator, ADD, **given(acme, url="/api/../x"))) == ["url"]


def test_a_module_has_ten_at_most(operator: Client, acme: Shop) -> None:
    with connection.cursor() as cursor:
        for _ in range(9):
            factories.webhook(cursor, org=acme.org, module_id=acme.module, url=URL)
    assert list(refused(operator, ADD, **given(acme))) == ["module"]


def test_the_others_modules_and_webhooks_are_out_of_reach(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    assert list(refused(operator, ADD, **given(globex))) == ["module"]
    for what in ("change", "delete"):
        path = f"{LIST}{globex.webhook}/{what}/"
        assert operator.post(path, given(globex, post="yes")).status_code in (302, 403)
    assert hook(globex, "https://globex.example/hook").enabled


def test_a_viewer_reads_and_changes_nothing(acme: Shop) -> None:
    viewer = staff("vera", acme=(acme, "viewer"))
    assert "https://acme.example/hook" in text(
        viewer, f"modules/modulewebhook/{acme.webhook}/change/"
    )
    for path in (ADD, f"{LIST}{acme.webhook}/change/", f"{LIST}{acme.webhook}/delete/"):
        assert viewer.post(path, given(acme, post="yes")).status_code == 403
    again = {"action": "redeliver", "_selected_action": acme.delivery}
    viewer.post(LOG, again)
    assert delivery(acme).state == "failed"


def test_an_operator_has_a_delivery_made_again(operator: Client, acme: Shop, globex: Shop) -> None:
    """Under any filter, and only of organizations that are the operator's."""
    again = {"action": "redeliver", "_selected_action": [acme.delivery, globex.delivery]}
    page = operator.post(f"{LOG}?state=failed", again, follow=True).content.decode()
    assert "1 of 1 begin anew" in page
    assert (delivery(acme).state, delivery(acme).attempts) == ("pending", 0)
    assert delivery(acme).settled_at is None
    assert delivery(globex).state == "failed"


def test_the_signing_secret_is_for_administrators(acme: Shop, globex: Shop) -> None:
    operator = staff("ann", acme=(acme, "operator"))
    admin = staff("ada", acme=(acme, "admin"), globex=(globex, "operator"))
    add = {"organization": acme.org.id}
    assert operator.post(f"{SIGNING}add/", add).status_code == 403
    assert list(refused(admin, f"{SIGNING}add/", organization=globex.org.id)) == ["organization"]
    assert admin.post(f"{SIGNING}add/", add).status_code == 302
    secret = SigningSecret.objects.for_org(acme.org.id).get().value()
    page = f"executions/signingsecret/{acme.org.id}/change/"
    assert secret in text(admin, page)
    assert operator.get(f"/admin/{page}").status_code in (302, 403)
    assert operator.get(SIGNING).status_code == 403
    assert list(refused(admin, f"{SIGNING}add/", organization=acme.org.id)) == ["organization"]
    admin.post(SIGNING, {"action": "renew", "_selected_action": acme.org.id})
    assert SigningSecret.objects.for_org(acme.org.id).get().value() != secret
