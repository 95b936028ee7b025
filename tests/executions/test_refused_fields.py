"""POST /execute with JSON objects that are not the request of the contract."""

from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants

IDS = ("module_id", "org_id", "task_id", "execution_id")


@pytest.mark.parametrize("field", IDS)
@pytest.mark.parametrize("value", [1, 1.5, True, ["x"], {"a": "x"}])
def test_an_id_that_is_no_text_is_named(tenants: Tenants, field: str, value: Any) -> None:
    refusal = tenants.refused(tenants.body(**{field: value}), 400, "invalid_request")
    assert list(refusal["errors"]) == [field]


@pytest.mark.parametrize("field", ["module_id", "org_id"])
def test_a_required_id_that_is_null_is_named(tenants: Tenants, field: str) -> None:
    refusal = tenants.refused(tenants.body(**{field: None}), 400, "invalid_request")
    assert list(refusal["errors"]) == [field]


@pytest.mark.parametrize("field", IDS)
def test_an_empty_id_is_named(tenants: Tenants, field: str) -> None:
    refusal = tenants.refused(tenants.body(**{field: ""}), 400, "invalid_request")
    assert list(refusal["errors"]) == [field]


@pytest.mark.parametrize("field", IDS)
def test_a_very_long_id_is_named(tenants: Tenants, field: str) -> None:
    refusal = tenants.refused(tenants.body(**{field: "x" * 100_000}), 400, "invalid_request")
    assert list(refusal["errors"]) == [field]


@pytest.mark.parametrize("value", [None, "text", 1, True, [], [{"a": 1}]])
def test_input_data_that_is_no_object_is_named(tenants: Tenants, value: Any) -> None:
    refusal = tenants.refused(tenants.body(input_data=value), 400, "invalid_request")
    assert list(refusal["errors"]) == ["input_data"]


@pytest.mark.parametrize("field", ["module_id", "org_id", "input_data"])
def test_a_missing_field_is_named(tenants: Tenants, field: str) -> None:
    body = tenants.body()
    del body[field]
    refusal = tenants.refused(body, 400, "invalid_request")
    assert list(refusal["errors"]) == [field]


def test_all_wrong_fields_are_named_at_once(tenants: Tenants) -> None:
    refusal = tenants.refused({"module_id": 1, "input_data": []}, 400, "invalid_request")
    assert set(refusal["errors"]) == {"module_id", "org_id", "input_data"}


@pytest.mark.parametrize("field", ["input", "moduleId", "Module_id", "__proto__", "status"])
def test_an_unknown_field_is_named(tenants: Tenants, field: str) -> None:
    refusal = tenants.refused({**tenants.body(), field: "x"}, 400, "invalid_request")
    assert len(refusal["errors"]) == 1
    assert field in next(iter(refusal["errors"]))


def test_thousands_of_unknown_fields_get_a_short_answer(tenants: Tenants) -> None:
    unknown = {f"field_{number}": number for number in range(5_000)}
    refusal = tenants.refused({**unknown, **tenants.body()}, 400, "invalid_request")
    assert "field_0" in refusal["errors"]


def test_an_unknown_field_with_an_endless_name_gets_a_short_answer(tenants: Tenants) -> None:
    tenants.refused({**tenants.body(), "x" * 1_000_000: 1}, 400, "invalid_request")


@pytest.mark.parametrize(
    "value",
    ["soon", -1, 3_601, None, [1], 10**400, -(10**400)],
    ids=["text", "negative", "long", "null", "list", "huge", "hugely negative"],
)
def test_input_that_does_not_fit_the_agent_is_named(tenants: Tenants, value: Any) -> None:
    refusal = tenants.refused(tenants.body(input_data={"sleep_s": value}), 400, "invalid_input")
    assert list(refusal["errors"]) == ["input_data.sleep_s"]


def test_the_paths_of_wrong_input_lead_into_lists_and_objects(tenants: Tenants) -> None:
    nlp = factories.module(tenants.live.db, org=tenants.acme, python_module="nlp")
    messages = [{"role": "user", "content": "Hi"}, {"role": "wizard"}]
    refusal = tenants.refused(
        tenants.body(module_id=nlp, input_data={"messages": messages}), 400, "invalid_input"
    )
    assert set(refusal["errors"]) == {
        "input_data.messages.1.role",
        "input_data.messages.1.content",
    }


def test_input_wrong_in_thousands_of_places_gets_a_short_answer(tenants: Tenants) -> None:
    nlp = factories.module(tenants.live.db, org=tenants.acme, python_module="nlp")
    messages = [{"role": "wizard"}] * 5_000
    refusal = tenants.refused(
        tenants.body(module_id=nlp, input_data={"messages": messages}), 400, "invalid_input"
    )
    assert "input_data.messages.0.role" in refusal["errors"]


@pytest.mark.parametrize("given", [{}, {"text": "a", "messages": []}, {"text": "  "}])
def test_input_that_is_wrong_as_a_whole_is_named(tenants: Tenants, given: Any) -> None:
    nlp = factories.module(tenants.live.db, org=tenants.acme, python_module="nlp")
    refusal = tenants.refused(tenants.body(module_id=nlp, input_data=given), 400, "invalid_input")
    assert all(path.startswith("input_data") for path in refusal["errors"])


@pytest.mark.parametrize("exists", [True, False])
def test_another_org_id_than_the_keys_is_refused_alike_whether_it_exists_or_not(
    tenants: Tenants, exists: bool
) -> None:
    org_id = tenants.globex.id if exists else "no-such-organization"
    refusal = tenants.refused(tenants.body(org_id=org_id), 403, "organization_mismatch")
    assert refusal == {
        "detail": "org_id is not the organization of this API key.",
        "code": "organization_mismatch",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"module_id": "no-such-module"},
        {"task_id": "no-such-task"},
        {"execution_id": "no-such-execution"},
        {"input_data": {"sleep_s": "soon"}},
    ],
)
def test_the_organization_is_compared_before_anything_is_looked_up(
    tenants: Tenants, changes: dict[str, Any]
) -> None:
    body = tenants.body(org_id=tenants.globex.id, **changes)
    tenants.refused(body, 403, "organization_mismatch")


@pytest.mark.parametrize("change", [str.upper, lambda text: f" {text}", lambda text: f"{text}\n"])
def test_the_org_id_is_compared_to_the_letter(tenants: Tenants, change: Any) -> None:
    tenants.refused(
        tenants.body(org_id=change(tenants.acme.id + "a")), 403, "organization_mismatch"
    )
