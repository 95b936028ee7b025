"""What is wrong with a module, all of it at once, and nothing of anybody else's."""

from typing import Any

import pytest
from django.db import connection

from modules import diagnosis
from modules.models import Module, ModulePolicy, ModuleSchedule
from platform_agents.tenancy.models import OrgPolicy
from tests import factories
from tests.factories import Org

pytestmark = pytest.mark.django_db


class Conn:
    """The factories' plain SQL on Django's connection, which rolls back."""

    def execute(self, query: str, params: Any = None) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(query, params)


@pytest.fixture
def org() -> Org:
    return factories.organization(Conn())


@pytest.fixture
def other() -> Org:
    return factories.organization(Conn(), name="Globex")


def module(org: Org, **columns: Any) -> Module:
    module_id = factories.module(Conn(), org=org, **columns)
    return Module.objects.for_org(org.id).get(id=module_id)


def found(*modules: Module) -> list[tuple[bool, str]]:
    [first, *_] = diagnosis.findings(modules)
    return [(finding.blocks, finding.path) for finding in first]


def said(module: Module) -> str:
    return "\n".join(str(finding) for finding in diagnosis.findings([module])[0])


@pytest.mark.parametrize(
    "columns",
    [
        {}, {"config_text": ""}, {"config_text": " \n"}, {"config": {}},
        {"python_module": "agents.data_agent", "config": {"operation": "clean"}},
        {"config": {"echo": "has no Config, so anything goes"}},
    ],
)  # fmt: skip
def test_a_module_that_runs_has_no_findings(org: Org, columns: dict[str, Any]) -> None:
    assert found(module(org, **columns)) == []


@pytest.mark.parametrize("status", ["inactive", "error"])
def test_a_status_that_stops_it_says_how_to_go_on(org: Org, status: str) -> None:
    stopped = module(org, status=status)
    assert found(stopped) == [(True, "status")]
    assert ("reset_circuit" in said(stopped)) == (status == "error")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{'model': 1}", "line 1, column 2"), ("[1]", "must be a JSON object"),
        ('{"a": NaN}', "NaN is not a JSON value"), ('{"a": 1, "a": 2}', "stands twice"),
    ],
)  # fmt: skip
def test_a_config_that_is_no_json_object_says_where(org: Org, text: str, why: str) -> None:
    broken = module(org, config_text=text)
    assert found(broken) == [(True, "config")]
    assert why in said(broken)


def test_every_wrong_field_is_named_and_its_value_is_not(org: Org) -> None:
    config = {"temperature": 9, "max_tokens": "hunter2", "timeout_s": -1}
    wrong = module(org, python_module="nlp", config=config)
    assert found(wrong) == [
        (True, "config.temperature"), (True, "config.max_tokens"), (True, "config.timeout_s"),
    ]  # fmt: skip
    assert "hunter2" not in said(wrong)


def test_a_mistyped_optional_field_is_a_note(org: Org) -> None:
    mistyped = module(org, python_module="nlp", config={"modle": "m"})
    assert found(mistyped) == [(False, "config.modle")]
    assert " model, base_url, " in said(mistyped)


def test_everything_is_said_at_once(org: Org) -> None:
    lost = module(org, python_module="gone", status="inactive", config_text="{")
    assert found(lost) == [(True, "status"), (True, "config"), (True, "python_module")]
    assert "Installed: " in said(lost)


def test_pauses_of_the_module_and_of_its_organization_hold_it_back(org: Org, other: Org) -> None:
    paused, of_other = module(org), module(other)
    factories.policy(
        Conn(), org=org, module_id=paused.id, paused=True, pause_reason="too expensive"
    )
    OrgPolicy.objects.for_org(org.id).create(org_id=org.id, paused=True)
    assert found(paused) == [(True, "policy.paused"), (True, "organization")]
    assert "(too expensive)" in said(paused)
    assert f"resume --module {paused.id}" in said(paused)
    assert found(of_other, paused) == []


@pytest.mark.parametrize(
    ("columns", "paths"),
    [
        ({"max_attempts": 5, "backoff_s": 2.0}, []),
        ({"at_most_once": True, "max_attempts": 5}, ["policy.max_attempts"]),
        ({"at_most_once": True, "backoff_s": 2.0}, ["policy.backoff_s"]),
        ({"max_attempts": 1, "backoff_s": 2.0}, ["policy.backoff_s"]),
        ({"backoff_s": 100_000.0}, ["policy.backoff_s"]),
        ({"max_attempts": 1, "backoff_s": 0.0}, []),
    ],
)
def test_values_of_a_policy_without_effect_are_notes(
    org: Org, columns: dict[str, Any], paths: list[str]
) -> None:
    odd = module(org)
    factories.policy(Conn(), org=org, module_id=odd.id, **columns)
    assert found(odd) == [(False, path) for path in paths]


def test_a_policy_of_another_organization_is_noticed_and_not_named(org: Org, other: Org) -> None:
    odd = module(org)
    ModulePolicy.objects.for_org(other.id).create(module_id=odd.id, org_id=other.id)
    assert found(odd) == [(False, "policy.org_id")]
    assert other.id not in said(odd)


def test_a_schedule_whose_input_does_not_fit_is_a_note(org: Org) -> None:
    scheduled = module(org, python_module="nlp")
    schedules = ModuleSchedule.objects.for_org(org.id)
    given = {"org_id": org.id, "module_id": scheduled.id, "interval_s": 60, "enabled": False}
    schedules.create(name="off", input={}, **given)
    assert found(scheduled) == []
    given |= {"enabled": True, "next_at": scheduled.created_at}
    schedules.create(name="nightly", input={"text": ""}, **given)
    assert found(scheduled) == [(False, 'schedule "nightly"')]
    assert "text is empty" in said(scheduled)


def test_two_active_modules_of_an_agent_need_their_ids(org: Org, other: Org) -> None:
    one, of_other = module(org), module(other)
    module(org, status="inactive")
    assert found(one) == []
    module(org, name="Another")
    assert found(one) == [(False, "python_module")]
    assert found(of_other) == []


def test_many_modules_cost_no_more_queries_than_one(
    org: Org, other: Org, django_assert_num_queries: Any
) -> None:
    some = [module(org, name=f"m{n}", python_module="nlp") for n in range(5)] + [module(other)]
    with django_assert_num_queries(5):
        assert len(diagnosis.findings(some)) == 6


def test_a_workflow_names_modules_that_can_run(org: Org, other: Org) -> None:
    foreign = module(other, name="Theirs")
    steps = [
        {"id": f"s{n}", "uses": "module", "with": {"module": name}}
        for n, name in enumerate(["echo", foreign.id, "Theirs"])
    ]
    module(org)
    workflow = module(org, python_module="automation", config={"steps": steps})
    assert found(workflow) == [
        (True, "config.steps.1.with.module"), (True, "config.steps.2.with.module"),
    ]  # fmt: skip
    assert "There is no module 'Theirs' in this organization." in said(workflow)


def test_secrets_that_a_config_refers_to_must_be_there(org: Org, other: Org) -> None:
    """The other organization's of the same name is none."""
    factories.secret(Conn(), org=org, name="HERE", value="a value")
    factories.secret(Conn(), org=other, name="THERE", value="a value")
    config = {"api_key": "${{ secrets.HERE }}", "model": "${{ secrets.THERE }}"}
    text = said(module(org, python_module="nlp", config=config))
    assert "no secret THERE" in text
    assert "HERE;" not in text.replace("THERE;", "")


@pytest.mark.parametrize(
    ("columns", "paths"),
    [
        ({}, []),
        ({"config": None}, ["config.signing_key"]),
        ({"endpoint": "ftp://a/"}, ["endpoint"]),
    ],
)
def test_a_module_that_runs_elsewhere_is_held_to_its_contract(
    org: Org, columns: dict[str, Any], paths: list[str]
) -> None:
    factories.secret(Conn(), org=org, name="KEY", value="a-signing-key-of-ours")
    good = {"endpoint": "https://a.example/run", "config": {"signing_key": "${{ secrets.KEY }}"}}
    remote = module(org, python_module="written.in.go", **{**good, **columns})
    assert found(remote) == [(True, path) for path in paths]
