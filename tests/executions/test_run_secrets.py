"""Secrets of an organization, from its table to its agents, and nowhere else."""

from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.factories import Org

VALUE = "sk-live-0123456789"


def store(tenants: Tenants, org: Org, name: str, value: str, *, sealed_for: str = "") -> None:
    factories.secret(tenants.live.db, org=org, name=name, value=value, sealed_for=sealed_for)


def run(tenants: Tenants, config: Any, input_data: Any = None, *, agent: str = "confidant") -> Any:
    """The answer to a run of Acme's."""
    module = factories.module(tenants.live.db, org=tenants.acme, python_module=agent, config=config)
    return tenants.live.execute(tenants.acme, module, input_data).json()


def everything_kept(tenants: Tenants, execution_id: str) -> str:
    rows = tenants.live.db.execute(
        "SELECT e::text, r::text, (SELECT string_agg(v::text, ' ') FROM executions_event v "
        "WHERE v.execution_id = e.id) FROM public.module_executions e "
        "JOIN executions_run r ON r.execution_id = e.id WHERE e.id = %s",
        [execution_id],
    )
    return " ".join(str(value) for row in rows for value in row)


def test_a_secret_reaches_its_agent_and_nothing_that_is_kept(tenants: Tenants) -> None:
    store(tenants, tenants.acme, "KEY", VALUE)
    store(tenants, tenants.acme, "PIN", "4711")
    store(tenants, tenants.acme, "UNUSED", "not mentioned")
    config = {"api_key": "${{ secrets.KEY }}", "pin": "${{ secrets.PIN }}"}
    answer = run(tenants, config)
    lengths = {"KEY": len(VALUE), "PIN": 4}
    assert answer["output"] == {"key": "…", "pin": 4711, "lengths": lengths}
    kept = everything_kept(tenants, answer["execution_id"])
    assert "my key is …" in kept
    assert VALUE not in kept


def test_an_error_does_not_tell_it(tenants: Tenants) -> None:
    store(tenants, tenants.acme, "KEY", VALUE)
    answer = run(tenants, {"api_key": "${{ secrets.KEY }}"}, {"fail": True})
    assert answer["error"] == "… was refused."
    assert VALUE not in everything_kept(tenants, answer["execution_id"])


@pytest.mark.parametrize(
    ("of", "says"), [("nobody", "no secret KEY"), ("the other", "no secret KEY"),
                     ("moved", "the secret KEY cannot be decrypted")],
)  # fmt: skip
def test_what_is_not_ones_own_is_not_there(tenants: Tenants, of: str, says: str) -> None:
    """A secret of the other organization, or its ciphertext in a row of one's own."""
    if of == "the other":
        store(tenants, tenants.globex, "KEY", VALUE)
    elif of == "moved":
        store(tenants, tenants.acme, "KEY", VALUE, sealed_for=tenants.globex.id)
    answer = run(tenants, {"nested": {"a": ["${{ secrets.KEY }}"]}})
    assert answer["status"] == "failed"
    assert says in answer["error"]
    assert answer["error"].startswith("config.nested.a.0: ")
    assert VALUE not in answer["error"]


def test_a_built_in_agent_does_not_take_one_for_a_platform_setting(tenants: Tenants) -> None:
    """Or an organization could have the platform's key sent to a server of its own."""
    store(tenants, tenants.acme, "OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    config = {"system_prompt": "${{ secrets.OPENAI_BASE_URL }}"}
    answer = run(tenants, config, {"text": "hi"}, agent="nlp")
    assert "No API key" in answer["error"]


def test_a_reference_may_stand_where_its_text_would_not_fit(tenants: Tenants) -> None:
    store(tenants, tenants.acme, "URL", "https://user@example.com/")
    answer = run(tenants, {"base_url": "${{ secrets.URL }}"}, {"text": "hi"}, agent="nlp")
    assert answer["error"].startswith("config.base_url: ")


def test_other_mistakes_in_the_config_are_still_refused_at_once(tenants: Tenants) -> None:
    config = {"base_url": "${{ secrets.URL }}", "temperature": "hot"}
    module = factories.module(tenants.live.db, org=tenants.acme, python_module="nlp", config=config)
    body = tenants.body(module_id=module, input_data={"text": "hi"})
    errors = tenants.refused(body, 409, "invalid_module_config")["errors"]
    assert list(errors) == ["config.temperature"]
