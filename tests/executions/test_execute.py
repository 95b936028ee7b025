"""POST /execute: modules run and their results come back."""

from typing import Any

import pytest

from agents.testing import openai_replies
from tests import factories
from tests.executions.conftest import Tenants
from tests.factories import Org
from tests.live import Live

ANSWER = {"execution_id", "status", "output", "error"}


def nlp(live: Live, org: Org, **config: Any) -> str:
    """The id of a module that asks the local model server."""
    own = {"base_url": live.openai.base_url, "model": "test-model", **config}
    return factories.module(live.db, org=org, python_module="nlp", config=own)


def test_echo_answers_each_organization_with_its_own_input(tenants: Tenants) -> None:
    for org in (tenants.acme, tenants.globex):
        answer = tenants.live.execute(org, "echo", {"for": org.id})
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == ANSWER
        assert answer.json()["status"] == "completed"
        assert answer.json()["output"] == {"for": org.id}
        assert answer.json()["error"] is None


def test_data_describes_a_table_of_each_organization(tenants: Tenants) -> None:
    for org, price in ((tenants.acme, 2), (tenants.globex, 8)):
        factories.module(tenants.live.db, org=org, python_module="data")
        answer = tenants.live.execute(org, "data", {"data": [{"price": 0}, {"price": price}]})
        assert answer.json()["status"] == "completed", answer.text
        assert answer.json()["output"]["rows"] == 2
        assert answer.json()["output"]["columns"]["price"]["mean"] == price / 2


def test_nlp_asks_the_model_with_each_organizations_own_key_and_prompt(tenants: Tenants) -> None:
    live = tenants.live
    for org in (tenants.acme, tenants.globex):
        module = nlp(live, org, api_key=f"sk-{org.id}", system_prompt=f"Speak as {org.id}.")
        live.openai.script(openai_replies.normal(f"Hello {org.id}"))

        answer = live.execute(org, module, {"text": f"I am {org.id}"}).json()

        assert answer["status"] == "completed", answer
        assert answer["output"]["processed_text"] == f"Hello {org.id}"
        request = live.openai.requests[-1]
        assert request.headers["authorization"] == f"Bearer sk-{org.id}"
        assert [message["content"] for message in request.body["messages"]] == [
            f"Speak as {org.id}.",
            f"I am {org.id}",
        ]


def test_respond_async_answers_at_once_and_the_run_finishes_later(tenants: Tenants) -> None:
    live = tenants.live
    for org in (tenants.acme, tenants.globex):
        given = {"sleep_s": 0.5, "for": org.id}
        accepted = live.execute(org, "echo", given, prefer="respond-async")

        assert accepted.status_code == 202, accepted.text
        answer = accepted.json()
        assert answer.keys() == ANSWER
        assert answer["status"] in {"pending", "running"}
        assert (answer["output"], answer["error"]) == (None, None)
        assert accepted.headers["location"] == f"/executions/{answer['execution_id']}"
        assert int(accepted.headers["retry-after"]) >= 1
        detail = live.finished(org, answer["execution_id"])
        assert (detail["status"], detail["output"]) == ("completed", given)


@pytest.mark.parametrize(
    ("agent", "given"), [("data", {"csv": "a,b\n1,2\n"}), ("nlp", {"text": "Hi"})]
)
def test_every_agent_runs_asynchronously(
    tenants: Tenants, agent: str, given: dict[str, Any]
) -> None:
    live = tenants.live
    for org in (tenants.acme, tenants.globex):
        module = nlp(live, org) if agent == "nlp" else agent
        if agent == "data":
            factories.module(live.db, org=org, python_module=agent)
        accepted = live.execute(org, module, given, prefer="respond-async")
        assert accepted.status_code in {200, 202}, accepted.text  # 200: it was quicker than us
        detail = live.finished(org, accepted.json()["execution_id"])
        assert detail["status"] == "completed", detail
        assert detail["output"]


def test_a_wait_shorter_than_the_run_is_answered_with_202(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    accepted = live.execute(acme, tenants.echo, {"sleep_s": 3, "n": 1}, prefer="wait=1")
    assert accepted.status_code == 202, accepted.text
    assert 1 <= accepted.elapsed.total_seconds() < 2.9
    assert accepted.json()["status"] == "running"
    detail = live.finished(acme, accepted.json()["execution_id"])
    assert detail["status"] == "completed"
    assert detail["output"] == {"sleep_s": 3, "n": 1}


def test_a_wait_longer_than_the_run_is_answered_with_the_result(tenants: Tenants) -> None:
    answer = tenants.live.execute(tenants.acme, tenants.echo, {"n": 1}, prefer="wait=30")
    assert answer.status_code == 200, answer.text
    assert answer.elapsed.total_seconds() < 20


@pytest.mark.parametrize(
    ("agent", "spellings"),
    [
        ("echo", ("echo", "agents.echo", "echo_agent", "agents.echo_agent")),
        ("data", ("data", "agents.data", "data_processor", "agents.data_agent")),
        ("nlp", ("nlp", "agents.nlp", "agents.nlp_processor", "agents.nlp_agent",
                 "nlp_processor", "nlp_agent")),
    ],
)  # fmt: skip
def test_a_module_is_found_by_every_spelling_of_its_agent(
    tenants: Tenants, agent: str, spellings: tuple[str, ...]
) -> None:
    live = tenants.live
    org = factories.organization(live.db)
    given = {"echo": {"n": 1}, "data": {"csv": "a\n1\n"}, "nlp": {"text": "Hi"}}[agent]
    config = {"base_url": live.openai.base_url, "model": "test-model"} if agent == "nlp" else None
    for spelling in spellings:
        factories.module(live.db, org=org, python_module=spelling, config=config)
        answer = live.execute(org, spelling, given)
        assert answer.status_code == 200, (spelling, answer.text)
        assert answer.json()["status"] == "completed", answer.text


def test_a_module_is_found_by_id_then_python_module_then_name(tenants: Tenants) -> None:
    live = tenants.live
    org = factories.organization(live.db)
    by_id = factories.module(live.db, org=org, python_module="echo", name="Repeat, please")
    factories.module(live.db, org=org, python_module="data", name="echo")
    factories.module(live.db, org=org, python_module="data", name=by_id)
    for reference in (by_id, "echo", "Repeat, please"):
        answer = live.execute(org, reference, {"said": reference}).json()
        assert answer["output"] == {"said": reference}
        detail = live.get(org, f"/executions/{answer['execution_id']}").json()
        assert detail["module_id"] == by_id


def test_an_agents_failure_is_a_200_with_a_readable_error(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    factories.module(live.db, org=acme, python_module="data")
    response = live.execute(acme, "data", {"records": ["no object"]})
    assert response.status_code == 200
    answer = response.json()
    assert (answer["status"], answer["output"]) == ("failed", None)
    assert "input_data.records" in answer["error"]
    assert "Traceback" not in answer["error"]
    run = live.get(acme, f"/executions/{answer['execution_id']}").json()["run"]
    assert (run["state"], run["outcome"]) == ("done", "failed")


def test_a_model_server_that_refuses_the_key_fails_the_run_without_showing_it(
    tenants: Tenants,
) -> None:
    live = tenants.live
    module = nlp(live, tenants.acme, api_key="sk-very-secret")
    live.openai.script(openai_replies.unauthorized("sk-very-secret"))
    answer = live.execute(tenants.acme, module, {"text": "Hi"}).json()
    assert answer["status"] == "failed"
    assert "401" in answer["error"]
    assert "sk-very-secret" not in answer["error"]


def test_without_any_key_the_error_names_the_setting(tenants: Tenants) -> None:
    factories.module(tenants.live.db, org=tenants.acme, python_module="nlp")
    response = tenants.live.execute(tenants.acme, "nlp", {"text": "Hi"})
    assert response.status_code == 200
    assert response.json()["status"] == "failed"
    assert "OPENAI_API_KEY" in response.json()["error"]


def test_the_modules_config_reaches_the_agent(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    module = factories.module(
        live.db, org=acme, python_module="data", config={"operation": "summary"}
    )
    answer = live.execute(acme, module, {"csv": "a\n1\n"}).json()
    assert answer["output"]["operation"] == "summary"


@pytest.mark.parametrize("config_text", [None, "null", "{}"])
def test_a_module_without_config_runs(tenants: Tenants, config_text: str | None) -> None:
    module = factories.module(tenants.live.db, org=tenants.acme, config_text=config_text)
    answer = tenants.live.execute(tenants.acme, module, {"n": 1})
    assert answer.status_code == 200, answer.text


def test_the_task_is_stored_and_shown(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    task = factories.task(live.db, org=acme)
    execution = live.execute(acme, tenants.echo, task_id=task).json()["execution_id"]
    stored = live.db.execute(
        "SELECT task_id FROM public.module_executions WHERE id = %s", [execution]
    ).fetchone()
    assert stored == (task,)
    assert live.get(acme, f"/executions/{execution}").json()["task_id"] == task


def test_text_and_numbers_come_back_as_they_were_sent(tenants: Tenants) -> None:
    given = {
        "text": 'Grüße \U0001f600 \u2028 "quoted" \\ </script>',
        "numbers": [0, -1, 1.5, 1e300, 2**53 - 1],
        "nothing": None,
        "nested": {"": [[], {}]},
        "__proto__": {"admin": True},
    }
    assert tenants.live.execute(tenants.acme, tenants.echo, given).json()["output"] == given


def test_integers_that_javascript_would_round_come_back_as_text(tenants: Tenants) -> None:
    answer = tenants.live.execute(tenants.acme, tenants.echo, {"n": 2**53 + 1}).json()
    assert answer["output"] == {"n": str(2**53 + 1)}


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png;q=0.1", ""])
def test_the_answer_is_json_whatever_is_accepted(live: Live, accept: str) -> None:
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")
    response = live.http.post(
        "/execute",
        json={"module_id": "echo", "org_id": org.id, "input_data": {"a": 1}},
        headers={"X-API-Key": org.key, "Accept": accept},
    )
    assert response.json()["output"] == {"a": 1}
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_config_text_is_no_config(live: Live, text: str) -> None:
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo", config_text=text)
    assert live.execute(org, "echo", {"a": 1}).json()["status"] == "completed"
