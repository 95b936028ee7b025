"""POST /execute for modules, agents and tasks that cannot be had."""

import json
import uuid
from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants


def test_a_missing_module_is_not_found(tenants: Tenants) -> None:
    tenants.refused(tenants.body(module_id="no-such-module"), 404, "module_not_found")


def test_another_organizations_module_looks_like_a_missing_one(tenants: Tenants) -> None:
    live = tenants.live
    name = f"secret {uuid.uuid4().hex}"
    foreign = factories.module(live.db, org=tenants.globex, python_module=name, name=f"The {name}")
    missing = uuid.uuid4().hex
    with tenants.nothing_written():
        answers = {
            tenants.post(tenants.body(module_id=reference)).content.replace(
                reference.encode(), b"ID"
            )
            for reference in (foreign, name, f"The {name}", missing)
        }
    assert len(answers) == 1
    assert json.loads(answers.pop())["code"] == "module_not_found"


@pytest.mark.parametrize("status", ["inactive", "error"])
@pytest.mark.parametrize("by", ["id", "name"])
def test_a_module_that_is_not_active_is_refused(tenants: Tenants, status: str, by: str) -> None:
    name = uuid.uuid4().hex
    module_id = factories.module(tenants.live.db, org=tenants.acme, name=name, status=status)
    reference = module_id if by == "id" else name
    refusal = tenants.refused(tenants.body(module_id=reference), 409, "module_not_active")
    assert status in refusal["detail"]


@pytest.mark.parametrize("name", ["os", "subprocess.Popen", "agents.nope", "agents.echo:Echo", ""])
def test_a_module_of_an_unknown_agent_is_refused(tenants: Tenants, name: str) -> None:
    module_id = factories.module(tenants.live.db, org=tenants.acme, python_module=name)
    refusal = tenants.refused(tenants.body(module_id=module_id), 409, "unknown_agent")
    assert repr(name) in refusal["detail"]
    assert "echo" in refusal["detail"], "says what is installed"


@pytest.mark.parametrize(
    "text", ["{", "{'model': 'x'}", "[1", "NaN", '{"a": 1, "a": 2}', '{"a": "\\u0000"}', "[]", "1"]
)
def test_config_that_is_no_json_object_is_refused(tenants: Tenants, text: str) -> None:
    module_id = factories.module(tenants.live.db, org=tenants.acme, config_text=text)
    tenants.refused(tenants.body(module_id=module_id), 409, "invalid_module_config")


def test_config_that_does_not_fit_the_agent_is_named(tenants: Tenants) -> None:
    config = {"temperature": "hot", "max_tokens": 0, "base_url": "ftp://example.com"}
    module_id = factories.module(
        tenants.live.db, org=tenants.acme, python_module="nlp", config=config
    )
    body = tenants.body(module_id=module_id, input_data={"text": "Hi"})
    refusal = tenants.refused(body, 409, "invalid_module_config")
    assert set(refusal["errors"]) == {
        "config.temperature",
        "config.max_tokens",
        "config.base_url",
    }


def test_a_refused_config_does_not_show_its_secrets(tenants: Tenants) -> None:
    config = {"api_key": ["sk-do-not-show"], "base_url": "ftp://user:do-not-show@example.com"}
    module_id = factories.module(
        tenants.live.db, org=tenants.acme, python_module="nlp", config=config
    )
    body = tenants.body(module_id=module_id, input_data={"text": "Hi"})
    refusal = tenants.refused(body, 409, "invalid_module_config")
    assert "do-not-show" not in json.dumps(refusal)


@pytest.mark.parametrize("by", ["python_module", "name"])
def test_two_active_modules_of_one_name_are_ambiguous(tenants: Tenants, by: str) -> None:
    live, acme = tenants.live, tenants.acme
    reference = "nlp" if by == "python_module" else "Twins"
    for _ in range(2):
        factories.module(live.db, org=acme, python_module="nlp", name="Twins")
    body = tenants.body(module_id=reference, input_data={"text": "Hi"})
    refusal = tenants.refused(body, 409, "module_ambiguous")
    assert "2" in refusal["detail"]


def test_an_inactive_namesake_does_not_make_a_module_ambiguous(tenants: Tenants) -> None:
    for status in ("inactive", "active", "error"):
        factories.module(tenants.live.db, org=tenants.acme, name="Triplets", status=status)
    response = tenants.post(tenants.body(module_id="Triplets"))
    assert response.status_code == 200, response.text


def test_another_organizations_namesake_does_not_make_a_module_ambiguous(tenants: Tenants) -> None:
    response = tenants.post(tenants.body(module_id="echo"))
    assert response.status_code == 200, response.text


def test_another_organizations_task_looks_like_a_missing_one(tenants: Tenants) -> None:
    foreign, missing = factories.task(tenants.live.db, org=tenants.globex), uuid.uuid4().hex
    with tenants.nothing_written():
        answers = [tenants.post(tenants.body(task_id=task)) for task in (foreign, missing)]
    first, second = (
        answer.content.replace(task.encode(), b"ID")
        for answer, task in zip(answers, (foreign, missing), strict=True)
    )
    assert first == second
    tenants.refusal(answers[0], 404, "task_not_found")


@pytest.mark.parametrize(
    ("module", "refused"),
    [
        ({"status": "inactive"}, (409, "module_not_active")),
        ({"python_module": "nope"}, (409, "unknown_agent")),
        ({"config_text": "{"}, (409, "invalid_module_config")),
    ],
)
def test_a_gateway_row_is_untouched_when_its_module_is_refused(
    tenants: Tenants, module: dict[str, Any], refused: tuple[int, str]
) -> None:
    live, acme = tenants.live, tenants.acme
    module_id = factories.module(live.db, org=acme, **module)
    row = factories.gateway_row(live.db, org=acme, module_id=module_id)
    tenants.refused(tenants.body(module_id=module_id, execution_id=row), *refused)
    assert live.get(acme, f"/executions/{row}").json()["status"] == "pending"
