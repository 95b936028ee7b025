"""What of a config is shown: never a secret, whatever it is called."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, SecretStr

from agents.nlp import NLPAgent
from modules.masking import HIDDEN, shown
from tests.authored.bad_config import BreaksOnConfig

S = "hush-hush"


@pytest.mark.parametrize(
    "name",
    [
        "key", "api_key", "apiKey", "API-KEY", "accessToken", "token", "client_secret", "Password",
        "passwd", "db_pwd", "Authorization", "credentials", "cookie", "webhook_signature",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", [S, 12345, [S], {"a": S}])
def test_what_sounds_like_a_secret_is_hidden_wherever_it_stands(name: str, value: Any) -> None:
    assert shown({name: value}, None) == {name: HIDDEN}
    assert shown({"steps": [{"http": {name: value}}]}, None) == {
        "steps": [{"http": {name: HIDDEN}}]
    }


def test_what_says_nothing_is_shown() -> None:
    config = {
        "model": "m", "api_key": "${{ secrets.KEY }}", "token": None, "password": "", "n": [1, 2.5],
        "use_key": True, "max_tokens": 500, "text": "A basic summary of the bearer's keys: none.",
        "url": "https://example.com/a?page=2&sort=x",
    }  # fmt: skip
    assert shown(config, None) == config


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://user:hush-hush@example.com/x", f"https://{HIDDEN}@example.com/x"),
        ("postgres://hush-hush@db/x", f"postgres://{HIDDEN}@db/x"),
        ("https://e.com/?api_key=hush-hush&n=1", f"https://e.com/?api_key={HIDDEN}&n=1"),
        ("https://e.com/?n=1&sig=hush-hush#x", f"https://e.com/?n=1&sig={HIDDEN}#x"),
        ("Bearer hush-hush", f"Bearer {HIDDEN}"),
        ("basic hush-hush", f"basic {HIDDEN}"),
        ("send 'Bearer hush-hush0123456789'", f"send 'Bearer {HIDDEN}'"),
        ("abw_" + "0" * 64, HIDDEN),
        ("use sk-proj-abcdefgh12345678 here", f"use {HIDDEN} here"),
    ],
)
def test_secrets_inside_of_texts_are_hidden(text: str, expected: str) -> None:
    assert shown({"a": [text]}, None) == {"a": [expected]}


def test_a_header_that_is_written_as_name_and_value() -> None:
    headers = [{"name": "X-Api-Key", "value": S}, {"name": "Accept", "value": "a"}]
    assert shown({"headers": headers}, None) == {
        "headers": [{"name": "X-Api-Key", "value": HIDDEN}, {"name": "Accept", "value": "a"}]
    }


class Login(BaseModel):
    user: str
    pin: SecretStr


class Pin(RootModel[SecretStr]):
    pass


class Config(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    plain: str = ""
    pin: SecretStr | None = None
    pins: list[SecretStr] = []
    by_name: dict[str, SecretStr] = {}
    login: Login | None = None
    rooted: Pin | None = None
    marked: str = Field(default="", json_schema_extra={"writeOnly": True})
    aliased: SecretStr | None = Field(default=None, alias="otherName")


def test_what_the_agents_config_marks_is_hidden_whatever_its_name() -> None:
    secret = {"pin": S, "pins": [S], "by_name": {"a": S}, "rooted": S, "marked": S}
    secret |= {"aliased": S, "otherName": S}
    config = {"plain": "p", "login": {"user": "u", "pin": S}, **secret}
    assert shown(config, Config) == {
        "plain": "p", "login": {"user": "u", "pin": HIDDEN}, **dict.fromkeys(secret, HIDDEN),
    }  # fmt: skip


def test_the_nlp_agents_own_keys_are_hidden() -> None:
    config = {
        "model": "m", "api_key": S, "part_tokens": 100,
        "fallback_models": ["a", {"model": "b", "api_key": S}],
    }  # fmt: skip
    assert shown(config, NLPAgent.Config) == {
        "model": "m", "api_key": HIDDEN, "part_tokens": 100,
        "fallback_models": ["a", {"model": "b", "api_key": HIDDEN}],
    }  # fmt: skip


def test_a_config_class_that_cannot_say_what_is_secret_hides_everything() -> None:
    with pytest.raises(Exception, match="JsonSchema"):
        BreaksOnConfig.Config.model_json_schema()
    assert shown({"plain": S, "b": 1}, BreaksOnConfig.Config) == {"plain": HIDDEN, "b": HIDDEN}


@pytest.mark.parametrize("config", [None, [S], S, 5])
def test_a_config_that_is_no_object_is_not_shown(config: Any) -> None:
    assert shown(config, None) is None
