"""The NLP agent's operations through the whole installation: what is refused at the door, what is
recorded, and whose it is."""

from typing import Any

from agents.testing import openai_replies
from tests import factories
from tests.executions.conftest import Tenants

PRICES = {"test-model": {"input_usd_per_1m": 1_000, "output_usd_per_1m": 2_000}}


def _module(tenants: Tenants, **config: Any) -> str:
    live = tenants.live
    own = {"base_url": live.openai.base_url, "model": "m", "prices": PRICES, **config}
    return factories.module(live.db, org=tenants.acme, python_module="nlp", config=own)


def test_a_long_text_is_one_run_with_one_cost_and_its_events(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    module = _module(tenants, operation="summarize", part_tokens=100, stream=True)

    given = {"text": "word " * 300}
    body = live.execute(acme, module, given).json()

    requests = body["output"]["parts"] + 1
    total = {
        "input_tokens": 9 * requests,
        "output_tokens": 3 * requests,
        "cost_usd": round(0.015 * requests, 9),
    }
    assert body["output"]["usage"] == total
    detail = live.get(acme, f"/executions/{body['execution_id']}").json()
    assert detail["run"]["usage"] == [{"model": "test-model", **total}]
    kinds = dict(_event_counts(tenants, body["execution_id"]))
    assert (kinds["progress"], kinds["token"]) == (requests, 1)
    foreign = live.get(tenants.globex, f"/executions/{body['execution_id']}")
    assert foreign.status_code == 404


def _event_counts(tenants: Tenants, execution: str) -> list[tuple[str, int]]:
    return tenants.live.db.execute(
        "SELECT kind, count(*)::int FROM platform_agents.executions_event "
        "WHERE execution_id = %s AND org_id = %s GROUP BY kind",
        (execution, tenants.acme.id),
    ).fetchall()


def test_a_used_fallback_is_in_the_log_of_its_own_organization(tenants: Tenants) -> None:
    live = tenants.live
    module = _module(tenants, fallback_models=["spare"])
    live.openai.script(openai_replies.server_error(), openai_replies.normal("from the spare"))

    body = live.execute(tenants.acme, module, {"text": "Hi"}).json()

    assert body["output"]["processed_text"] == "from the spare"
    assert [request.body["model"] for request in live.openai.requests[-2:]] == ["m", "spare"]
    assert dict(_event_counts(tenants, body["execution_id"]))["log"] == 1


def test_a_bad_schema_or_label_is_refused_before_anything_is_written(tenants: Tenants) -> None:
    module = _module(tenants)
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+$"}}}
    for given, path in (
        ({"operation": "extract", "text": "x", "schema": schema}, "input_data.schema"),
        ({"operation": "classify", "text": "x", "labels": ["a"]}, "input_data.labels"),
        ({"operation": "sing", "text": "x"}, "input_data.operation"),
        ({"operation": "embed", "texts": [""]}, "input_data.texts.0"),
    ):
        body = tenants.body(module_id=module, input_data=given)
        assert path in tenants.refused(body, 400, "invalid_input")["errors"]


def test_a_module_with_a_bad_schema_is_not_run(tenants: Tenants) -> None:
    module = _module(tenants, operation="extract", schema={"type": "array"})
    tenants.refused(
        tenants.body(module_id=module, input_data={"text": "x"}), 409, "invalid_module_config"
    )
