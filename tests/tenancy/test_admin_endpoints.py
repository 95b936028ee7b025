"""Modules that run elsewhere, in the form of modules."""

import json
from typing import Any

import pytest
from django.test import Client

from modules.models import Module
from tests.tenancy.conftest import Shop
from tests.tenancy.test_admin_writes import change, form, module, refused

CONFIG = json.dumps({"signing_key": "${{ secrets.KEY }}", "tone": "dry"})


def test_an_endpoint_takes_the_place_of_the_agent(operator: Client, acme: Shop) -> None:
    values = form(python_module="written.in.go", endpoint="https://a.example/run", config=CONFIG)
    assert operator.post(change(acme), values).status_code == 302
    saved: Module = module(acme)
    assert (saved.endpoint, saved.config["tone"]) == ("https://a.example/run", "dry")


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"endpoint": "ftp://a/"}, "endpoint", "http or https"),
        ({"endpoint": "https://u:p@a/"}, "endpoint", "password"),
        ({"endpoint": "javascript:alert(1)"}, "endpoint", "http or https"),
        ({"endpoint": "https://a\x00/"}, "endpoint", "ull"),
        ({"config": "{}"}, "config", "signing_key"),
        ({"config": '{"signing_key": "short"}'}, "config", "16 characters"),
        ({"python_module": "remote", "endpoint": ""}, "endpoint", "http or https"),
    ],
)
def test_what_cannot_be_called_is_refused_with_the_reason(
    operator: Client, acme: Shop, values: dict[str, Any], field: str, says: str
) -> None:
    good = {"endpoint": "https://a.example/run", "config": CONFIG}
    errors = refused(operator, change(acme), form(**{**good, **values}))
    assert list(errors) == [field]
    assert says in " ".join(errors[field])
    assert not module(acme).endpoint


def test_a_reference_may_stand_in_any_config(operator: Client, acme: Shop) -> None:
    config = json.dumps({"base_url": "${{ secrets.URL }}", "api_key": "${{ secrets.KEY }}"})
    values = form(python_module="nlp", config=config)
    assert operator.post(change(acme), values).status_code == 302
