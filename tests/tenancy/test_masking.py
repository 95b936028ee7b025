"""What is hidden by its name, and what is not."""

from typing import Any

import pytest

from platform_agents.shared_schema.strict_json import InvalidJson
from platform_agents.tenancy.masking import HIDDEN, masked, masked_url


@pytest.mark.parametrize("name", ["api_key", "APIKEY", "refreshToken", "clientSecret", "Password1"])
def test_what_is_called_secret_is_hidden(name: str) -> None:
    assert masked({name: "hunter2", "model": "m"}) == {name: HIDDEN, "model": "m"}
    assert masked({name: 1234}) == {name: HIDDEN}


def test_what_lies_below_a_secret_name_is_hidden_in_its_shape() -> None:
    given = {"secrets": {"a": "x", "b": [{"c": "y"}, 7]}, "open": [{"password": "z", "n": 1}]}
    assert masked(given) == {
        "secrets": {"a": HIDDEN, "b": [{"c": HIDDEN}, HIDDEN]},
        "open": [{"password": HIDDEN, "n": 1}],
    }


@pytest.mark.parametrize(
    "given",
    [
        {"api_key": "${{ secrets.OPENAI }}"},
        {"max_tokens": 500},
        {"has_key": True, "token": None, "key": ""},
        {"text": "key", "list": ["secret"]},
    ],
)
def test_what_is_no_secret_is_shown(given: Any) -> None:
    assert masked(given) == given


def test_a_text_that_is_no_json_is_not_shown() -> None:
    assert masked({"config": InvalidJson('{"api_key": "hunter2"')}) == {
        "config": "(no valid JSON, 21 characters)"
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:hunter2@example.com:8443/a?token=x#y", "https://example.com:8443/a?…"),
        ("https://example.com/a", "https://example.com/a"),
        ("https://[", HIDDEN),
    ],
)
def test_an_address_is_shown_without_who_and_what(url: str, shown: str) -> None:
    assert masked_url(url) == shown
    assert masked({"base_url": url}) == {"base_url": shown}
