"""GET /modules, /modules/{id} and /agents."""

from typing import Any

import pytest

from agents.nlp import NLPAgent
from tests import factories
from tests.executions.conftest import Tenants


def modules(tenants: Tenants, query: str = "") -> dict[str, Any]:
    response = tenants.live.get(tenants.acme, f"/modules{query}")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def ids(body: dict[str, Any]) -> list[str]:
    return [module["id"] for module in body["modules"]]


def module(tenants: Tenants, **columns: Any) -> dict[str, Any]:
    """What is said of a new module of Acme's."""
    module_id = factories.module(tenants.live.db, org=tenants.acme, **columns)
    response = tenants.live.get(tenants.acme, f"/modules/{module_id}")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


class TestModule:
    def test_says_what_it_is_and_what_it_takes(self, tenants: Tenants) -> None:
        said = module(
            tenants, python_module="agents.nlp_processor", name="Words", config={"model": "m"}
        )
        schemas, created = said.pop("schemas"), said.pop("created_at")
        assert created.endswith("Z")
        assert schemas["config"] == NLPAgent.Config.model_json_schema()
        assert schemas["input"] == NLPAgent.Input.model_json_schema()
        assert schemas["output"]
        assert said == {
            "id": said["id"],
            "name": "Words",
            "category": "test",
            "python_module": "agents.nlp_processor",
            "agent": "nlp",
            "status": "active",
            "runnable": True,
            "problem": None,
            "config": {"model": "m"},
        }

    def test_one_with_an_endpoint_is_run_by_the_remote_agent(self, tenants: Tenants) -> None:
        said = module(tenants, endpoint="https://example.com/run", config={"signing_key": "x" * 40})
        assert (said["agent"], said["config"]) == ("remote", {"signing_key": "********"})

    @pytest.mark.parametrize(
        "columns",
        [
            {"status": "inactive"},
            {"status": "error"},
            {"python_module": "no_such_agent"},
            {"python_module": "nlp", "config": {"model": 1, "api_key": ["secret-value"]}},
            {"python_module": "nlp", "config_text": "{secret-value"},
            {"config_text": '["secret-value"]'},
            {"endpoint": "ftp://secret-value"},
        ],
    )
    def test_one_that_cannot_run_says_why_as_a_call_is_told(
        self, tenants: Tenants, columns: dict[str, Any]
    ) -> None:
        said = module(tenants, **columns)
        refusal = tenants.post(tenants.body(module_id=said["id"]))
        assert said["runnable"] is False
        assert refusal.status_code == 409
        assert said["problem"] == refusal.json()
        assert "secret-value" not in str(said)

    def test_an_agent_whose_code_is_broken_breaks_no_list(self, tenants: Tenants) -> None:
        config = {"size": 1, "plain": "hush-hush"}
        said = module(tenants, python_module="breaks_on_config", config=config)
        refusal = tenants.post(tenants.body(module_id=said["id"]))
        assert refusal.status_code == 500
        assert said["problem"] == refusal.json()
        assert said["schemas"] == {"config": None, "input": None, "output": None}
        assert said["config"] == {"size": "********", "plain": "********"}
        assert said["id"] in ids(modules(tenants))

    def test_an_unknown_agent_has_no_schemas(self, tenants: Tenants) -> None:
        said = module(tenants, python_module="no_such_agent", config={"api_key": "secret-value"})
        assert (said["agent"], said["schemas"]) == (None, None)
        assert said["config"] == {"api_key": "********"}

    def test_integers_that_javascript_would_round_are_text(self, tenants: Tenants) -> None:
        assert module(tenants, config={"n": 2**60})["config"] == {"n": str(2**60)}

    @pytest.mark.parametrize("module_id", ["none", "echo", "A module", "x" * 3000, "%0a"])
    def test_is_found_by_its_id_only(self, tenants: Tenants, module_id: str) -> None:
        response = tenants.live.get(tenants.acme, f"/modules/{module_id}")
        tenants.refusal(response, 404, "module_not_found")


class TestList:
    def test_pages_follow_one_another_newest_first(self, tenants: Tenants) -> None:
        expected = [tenants.echo]
        for n in range(4):
            expected.insert(
                0, factories.module(tenants.live.db, org=tenants.acme, name=f"Module {n}")
            )
        found, cursor = [], ""
        for size in (2, 2, 1):
            body = modules(tenants, f"?limit=2{cursor}")
            assert len(body["modules"]) == size
            found += ids(body)
            cursor = f"&cursor={body['next']}"
        assert (found, body["next"]) == (expected, None)

    def test_an_entry_says_what_the_module_itself_says_and_schemas_stand_once(
        self, tenants: Tenants
    ) -> None:
        broken = factories.module(
            tenants.live.db, org=tenants.acme, python_module="nlp", config={"api_key": "s", "x": 1}
        )
        factories.module(tenants.live.db, org=tenants.acme, python_module="nlp", status="error")
        factories.module(tenants.live.db, org=tenants.acme, python_module="no_such_agent")
        body = modules(tenants)
        assert set(body["schemas"]) == {"echo", "nlp"}
        single = tenants.live.get(tenants.acme, f"/modules/{broken}").json()
        [entry] = [entry for entry in body["modules"] if entry["id"] == broken]
        assert body["schemas"]["nlp"] == single.pop("schemas")
        assert entry == single

    def test_each_filter_keeps_what_it_says(self, tenants: Tenants) -> None:
        live, acme, echo = tenants.live, tenants.acme, tenants.echo
        remote = factories.module(live.db, org=acme, endpoint="https://example.com")
        blank = factories.module(live.db, org=acme, endpoint=" \t", python_module="agents.echo")
        off = factories.module(live.db, org=acme, python_module="echo_agent", status="inactive")
        named = factories.module(live.db, org=acme, python_module="agents.remote")
        other = factories.module(live.db, org=acme, python_module="nlp")
        live.db.execute("UPDATE public.modules SET category = 'x' WHERE id = %s", [other])
        for query, expected in {
            "agent=echo": {echo, blank, off},
            "agent=agents.echo_agent": {echo, blank, off},
            "agent=remote": {remote, named},
            "agent=nlp": {other},
            "agent=data": set(),
            "status=inactive": {off},
            "status=active&agent=echo": {echo, blank},
            "category=x": {other},
            "category=test&status=error": set(),
        }.items():
            assert set(ids(modules(tenants, f"?{query}"))) == expected, query

    @pytest.mark.parametrize(
        ("query", "path"),
        [
            ("agent=no_such", "agent"),
            ("status=broken", "status"),
            ("category=", "category"),
            ("name=x", "name"),
            ("limit=1000", "limit"),
            ("cursor=x", "cursor"),
            ("module_id=x", "module_id"),
        ],
    )
    def test_a_query_that_is_not_understood_is_refused(
        self, tenants: Tenants, query: str, path: str
    ) -> None:
        response = tenants.live.get(tenants.acme, f"/modules?{query}")
        body = tenants.refusal(response, 400, "invalid_request")
        assert list(body["errors"]) == [path]

    def test_a_cursor_of_another_list_is_refused(self, tenants: Tenants) -> None:
        for _ in range(2):
            factories.gateway_row(tenants.live.db, org=tenants.acme, module_id=tenants.echo)
        cursor = tenants.live.get(tenants.acme, "/executions?limit=1").json()["next"]
        response = tenants.live.get(tenants.acme, f"/modules?cursor={cursor}")
        tenants.refusal(response, 400, "invalid_request")


class TestAgents:
    def test_every_installed_agent_is_described(self, tenants: Tenants) -> None:
        response = tenants.live.get(tenants.acme, "/agents")
        agents = {agent["name"]: agent for agent in response.json()["agents"]}
        assert {"echo", "data", "nlp", "remote", "automation"} <= set(agents)
        nlp = agents["nlp"]
        assert (nlp["kind"], nlp["lane"]) == ("built-in", "io")
        assert "nlp_processor" in nlp["aliases"]
        assert nlp["description"].startswith("Input ")
        assert nlp["schemas"]["config"] == NLPAgent.Config.model_json_schema()
        assert agents["witness"]["kind"] == "package"
        assert agents["echo"]["schemas"]["config"] is None
        keys = {"name", "aliases", "kind", "lane", "description", "schemas"}
        assert all(agent.keys() == keys for agent in agents.values())
        assert "site-packages" not in response.text

    def test_may_be_kept_for_a_minute_by_who_asked_and_is_not_sent_twice(
        self, tenants: Tenants
    ) -> None:
        first = tenants.live.get(tenants.acme, "/agents")
        assert first.headers["cache-control"] == "private, max-age=60"
        assert first.headers["vary"] == "X-API-Key"
        etag = first.headers["etag"]
        headers = {"X-API-Key": tenants.acme.key, "If-None-Match": etag}
        again = tenants.live.http.get("/agents", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["cache-control"]) == (
            etag, "private, max-age=60",
        )  # fmt: skip
        other = tenants.live.http.get("/agents", headers={**headers, "If-None-Match": '"x"'})
        assert other.content == first.content

    def test_an_etag_is_no_key(self, tenants: Tenants) -> None:
        etag = tenants.live.get(tenants.acme, "/agents").headers["etag"]
        assert tenants.live.http.get("/agents", headers={"If-None-Match": etag}).status_code == 401
