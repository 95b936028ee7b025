"""A module's config as a form of its agent's fields, or as JSON, on the module's page."""

import re
from typing import Any

from django.test import Client

from modules.models import Module
from platform_agents.schema_forms.masking import MASK
from tests.executions.admin_modules.conftest import module, new_module, page, verbs
from tests.tenancy.conftest import Shop

ADD = "/admin/modules/module/add/"
NLP = {"model": "alpha", "temperature": 0.2, "api_key": "hush-hush", "extra": [1]}


def sent(**values: Any) -> dict[str, Any]:
    """As the page sends it when the module runs nlp."""
    return {"name": "Renamed", "category": "test", "python_module": "nlp", "endpoint": "",
            "status": "active", "config.__as": "form", "config.__agent": "nlp",
            **values}  # fmt: skip


def nlp(shop: Shop) -> str:
    return new_module(shop, python_module="nlp", config=NLP)


def test_fields_are_made_from_the_agents_schema(operator: Client, acme: Shop) -> None:
    body = operator.get(page(acme, module_id=nlp(acme))).content.decode()
    assert re.search(r'name="config\.model"[^>]*value="alpha"', body)
    assert 'name="config.api_key"' in body
    assert "hush-hush" not in body
    assert "KEY_OF_ACME" in body
    assert "KEY_OF_GLOBEX" not in body


def test_a_field_is_changed_and_the_rest_stays(operator: Client, acme: Shop) -> None:
    own = nlp(acme)
    values = sent(**{"config.model": "beta", "config.api_key": ""})
    assert operator.post(page(acme, module_id=own), values).status_code == 302
    assert module(acme, own).config == {**NLP, "model": "beta"}
    assert "module.saved" in verbs(acme)


def test_a_wrong_value_is_said_at_its_field_and_nothing_is_saved(
    operator: Client, acme: Shop
) -> None:
    own = nlp(acme)
    response = operator.post(page(acme, module_id=own), sent(**{"config.temperature": "9"}))
    assert response.status_code == 200
    body = response.content.decode()
    assert 'id="error_config.temperature"' in body
    assert "config.temperature" in str(response.context["adminform"].form.errors["config"])
    assert module(acme, own).config == NLP


def test_a_value_that_cannot_be_read_stays_as_it_was_written(operator: Client, acme: Shop) -> None:
    own = nlp(acme)
    response = operator.post(page(acme, module_id=own), sent(**{"config.temperature": "warm"}))
    assert 'value="warm"' in response.content.decode()
    assert module(acme, own).config == NLP


def test_the_json_tab_takes_over_what_was_written_and_saves_nothing(
    operator: Client, acme: Shop
) -> None:
    own = nlp(acme)
    values = sent(**{"config.model": "beta", "config.__show": "json"})
    response = operator.post(page(acme, module_id=own), values)
    body = response.content.decode()
    assert "&quot;model&quot;: &quot;beta&quot;" in body
    assert MASK in body
    assert "hush" not in body
    assert not response.context["adminform"].form.errors
    assert module(acme, own).config == NLP


def test_json_with_masks_keeps_the_secrets(operator: Client, acme: Shop) -> None:
    own = nlp(acme)
    raw = f'{{"model": "beta", "api_key": "{MASK}"}}'
    operator.post(page(acme, module_id=own), sent(**{"config.__as": "json", "config.__json": raw}))
    assert module(acme, own).config == {"model": "beta", "api_key": "hush-hush"}


def test_another_agent_shows_its_own_fields(operator: Client, acme: Shop) -> None:
    own = nlp(acme)
    values = sent(python_module="data", **{"config.model": "beta", "config.__show": "form"})
    body = operator.post(page(acme, module_id=own), values).content.decode()
    assert 'name="config.max_rows"' in body
    assert 'name="config.model"' not in body
    assert '<input type="hidden" name="config.__agent" value="data">' in body
    assert module(acme, own).python_module == "nlp"


def test_an_unknown_agent_stays_a_choice_and_is_called_so(operator: Client, acme: Shop) -> None:
    own = new_module(acme, python_module="gone_agent")
    body = operator.get(page(acme, module_id=own)).content.decode()
    assert re.search(r'<option value="gone_agent"\s+selected>gone_agent \(not installed\)', body)


def test_the_name_that_the_gateway_calls_by_is_kept(operator: Client, acme: Shop) -> None:
    own = new_module(acme, python_module="agents.nlp_processor")
    body = operator.get(page(acme, module_id=own)).content.decode()
    assert re.search(r'<option value="agents.nlp_processor"\s+selected>', body)
    operator.post(page(acme, module_id=own), sent(python_module="agents.nlp_processor"))
    assert module(acme, own).python_module == "agents.nlp_processor"


def test_a_new_module_is_made_from_fields(operator: Client, acme: Shop) -> None:
    shown = operator.post(ADD, sent(org=acme.org.id, **{"config.__agent": "",
                                                        "config.__show": "form"}))  # fmt: skip
    assert 'name="config.model"' in shown.content.decode()
    values = sent(org=acme.org.id, **{"config.model": "beta", "config.temperature": "0.5"})
    assert operator.post(ADD, values).status_code == 302
    made = Module.objects.for_org(acme.org.id).get(name="Renamed")
    assert made.config == {"model": "beta", "temperature": 0.5}


def test_whoever_works_for_one_organization_need_not_choose_it(
    operator: Client, acme: Shop
) -> None:
    body = operator.get(ADD).content.decode()
    assert re.search(rf'<option value="{acme.org.id}"\s+selected>', body)


def test_a_forged_organization_tells_nothing_of_its_secrets(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    values = sent(org=globex.org.id, **{"config.__show": "form"})
    assert "KEY_OF_GLOBEX" not in operator.post(ADD, values).content.decode()
