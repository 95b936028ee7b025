"""What agents may reach, in the real cluster: the setting comes all the way to their hosts."""

from tests import factories
from tests.executions.conftest import Tenants


def test_a_run_reaches_what_the_operator_allowed(tenants: Tenants) -> None:
    live = tenants.live
    for org in (tenants.acme, tenants.globex):
        factories.module(live.db, org=org, python_module="fetching")
        answer = live.execute(org, "fetching", {"url": live.openai.base_url}).json()
        assert (answer["status"], answer["output"]) == ("completed", {"status": 200}), answer


def test_a_run_that_asks_a_private_address_fails_and_says_why(tenants: Tenants) -> None:
    live, org = tenants.live, tenants.acme
    factories.module(live.db, org=org, python_module="fetching")

    answer = live.execute(org, "fetching", {"url": "http://169.254.169.254/latest"}).json()

    assert answer["status"] == "failed"
    assert "169.254.169.254 is not public" in answer["error"]


def test_a_modules_own_model_server_must_be_public(tenants: Tenants) -> None:
    live, org = tenants.live, tenants.acme
    config = {"base_url": "http://10.0.0.1/v1", "model": "m"}
    module = factories.module(live.db, org=org, python_module="nlp", config=config)

    answer = live.execute(org, module, {"text": "hi"}).json()

    assert answer["status"] == "failed"
    assert "10.0.0.1 is not public" in answer["error"]
