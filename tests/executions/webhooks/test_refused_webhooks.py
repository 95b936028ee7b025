"""A call whose webhook cannot work is refused, and leaves nothing behind."""

import pytest

from modules.webhook_signing import new_secret
from tests import factories
from tests.executions.conftest import Tenants

WELL = "https://receiver.example/done"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://receiver.example/", "receiver.example/x", "https://u:p@receiver.example/",
        "https://receiver.example:99999/", "http://10.0.0.1/", "http://169.254.169.254/latest",
        "//evil.example/x", "/api/../admin", "https://a b/",
    ],
)  # fmt: skip
def test_no_usable_address(tenants: Tenants, url: str) -> None:
    body = tenants.refused(tenants.body(webhook_url=url), 400, "invalid_request")
    assert list(body["errors"]) == ["webhook_url"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("webhook_url", ""),
        ("webhook_url", 5),
        ("webhook_url", "https://a.example/" + "x" * 2000),
        ("webhook_secret_name", "lower"),
        ("webhook_secret_name", "A\n"),
    ],
)
def test_no_usable_field(tenants: Tenants, field: str, value: object) -> None:
    given = tenants.body(**{"webhook_url": WELL, field: value})
    assert list(tenants.refused(given, 400, "invalid_request")["errors"]) == [field]


def test_a_secret_without_an_address(tenants: Tenants) -> None:
    tenants.refused(tenants.body(webhook_secret_name="KEY"), 400, "invalid_request")


def test_a_secret_of_another_organization_is_one_that_is_not_there(tenants: Tenants) -> None:
    """Word for word."""
    factories.secret(tenants.live.db, org=tenants.globex, name="THEIRS", value=new_secret())
    said = set()
    for name in ("THEIRS", "NOBODYS"):
        given = tenants.body(webhook_url=WELL, webhook_secret_name=name)
        body = tenants.refused(given, 400, "invalid_request")
        said.add(str(body).replace(name, "NAME"))
    assert len(said) == 1


def test_a_secret_that_cannot_sign(tenants: Tenants) -> None:
    factories.secret(tenants.live.db, org=tenants.acme, name="PASSWORD", value="hunter2 hunter2")
    given = tenants.body(webhook_url=WELL, webhook_secret_name="PASSWORD")
    body = tenants.refused(given, 400, "invalid_request")
    assert "whsec_" in str(body["errors"]["webhook_secret_name"])
    assert "hunter2" not in str(body)


def test_another_webhook_is_another_request(tenants: Tenants) -> None:
    """With the same Idempotency-Key it is a conflict; the same one is the same execution."""
    headers = {"Idempotency-Key": "once"}
    first, again = (
        tenants.post(tenants.body(webhook_url=f"{tenants.live.gateway.url}/x"), headers=headers)
        for _ in range(2)
    )
    assert first.json()["execution_id"] == again.json()["execution_id"]
    other = tenants.post(tenants.body(webhook_url=WELL), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    count = tenants.live.db.execute(
        "SELECT count(*) FROM executions_delivery WHERE execution_id = %s",
        [first.json()["execution_id"]],
    ).fetchone()
    assert count == (1,)
