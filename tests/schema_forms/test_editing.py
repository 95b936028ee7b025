"""What people do in a form, and what becomes of the value."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from agents.kit.description import schemas
from modules import registry
from platform_agents.schema_forms import ABSENT, fields_of, read_posted, shown
from platform_agents.schema_forms.fields import Kind
from platform_agents.schema_forms.masking import MASK
from platform_agents.schema_forms.posted import read_raw
from platform_agents.schema_forms.showing import stray_errors
from tests.schema_forms.browser import html, sent_back


class Price(BaseModel):
    model: str
    usd: float = Field(ge=0)


class Config(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str = Field("Ann", description="Who signs.")
    prompt: str = ""
    tries: int = Field(3, ge=1, le=9)
    strict: bool = True
    key: SecretStr | None = None
    labels: list[str] = []
    prices: list[Price] = []
    best: Price | None = None
    headers: dict[str, str] = {}


FORM = fields_of(Config.model_json_schema())


def edited(value: Any, changes: dict[str, str], *, without: tuple[str, ...] = ()) -> Any:
    """The value after these controls were changed, added or taken away."""
    sent = {**sent_back(shown(FORM, value, name="config")), **changes}
    kept = {name: text for name, text in sent.items() if name not in without}
    return read_posted(FORM, kept, name="config", earlier=value)


@pytest.mark.parametrize(
    ("name", "written", "key", "value"),
    [
        ("config.name", "Bob", "name", "Bob"),
        ("config.prompt", "one\r\ntwo", "prompt", "one\ntwo"),
        ("config.tries", " 5 ", "tries", 5),
        ("config.tries", "five", "tries", "five"),
        ("config.tries", "9" * 5000, "tries", "9" * 5000),
        ("config.strict", "false", "strict", False),
        ("config.key", "s3cret", "key", "s3cret"),
        ("config.headers", '{"a": "b"}', "headers", {"a": "b"}),
        ("config.labels.0", "new", "labels", ["new"]),
        ("config.best.usd", "0.5", "best", {"usd": 0.5}),
        ("config.best.usd", "nan", "best", {"usd": "nan"}),
    ],
)
def test_a_field_that_was_filled_in(name: str, written: str, key: str, value: Any) -> None:
    posted = edited({}, {name: written})
    assert (posted.value, posted.errors) == ({key: value}, {})


def test_an_emptied_field_has_its_default_again() -> None:
    assert edited({"name": "Bob", "tries": 5}, {"config.name": ""}).value == {"tries": 5}


def test_keys_that_nobody_draws_are_kept_where_they_were() -> None:
    posted = edited({"x": 1, "name": "Bob", "y": None}, {"config.name": "Carl"})
    assert list(posted.value.items()) == [("x", 1), ("name", "Carl"), ("y", None)]


def test_a_secret_stays_unless_it_is_written_anew_or_forgotten() -> None:
    value = {"key": "s3cret"}
    assert edited(value, {"config.name": "Bob"}).value["key"] == "s3cret"
    assert edited(value, {"config.key": "other"}).value == {"key": "other"}
    assert edited(value, {"config.key.__clear": "1"}).value == {}
    assert "s3cret" not in html(shown(FORM, value, name="config"))


def test_a_reference_to_a_secret_can_be_read_and_changed() -> None:
    value = {"key": "${{ secrets.ONE }}"}
    assert "${{ secrets.ONE }}" in html(shown(FORM, value, name="config"))
    assert edited(value, {"config.key": "${{ secrets.TWO }}"}).value["key"] == "${{ secrets.TWO }}"


def test_items_are_added_changed_and_removed() -> None:
    value = {"prices": [{"model": "a", "usd": 1.0, "note": "kept"}, {"model": "b", "usd": 2.0}]}
    changes = {
        "config.prices.0.usd": "3", "config.prices.1.__remove": "1",
        "config.prices.2.model": "c", "config.prices.2.usd": "4",
    }  # fmt: skip
    assert edited(value, changes).value["prices"] == [
        {"model": "a", "usd": 3, "note": "kept"}, {"model": "c", "usd": 4},
    ]  # fmt: skip


def test_a_list_without_its_last_item_is_empty_not_absent() -> None:
    assert edited({"labels": ["a"]}, {"config.labels.0.__remove": "1"}).value == {"labels": []}


def test_what_the_browser_did_not_send_stays() -> None:
    """A script that failed, a proxy that cut the form: nothing is deleted by its absence."""
    value = {"name": "Bob", "labels": ["a"]}
    assert read_posted(FORM, {}, name="config", earlier=value).value == value


def test_json_that_cannot_be_read_is_shown_again_as_it_was_written() -> None:
    posted = edited({"headers": {"a": "b"}}, {"config.headers": '{"a": }'})
    [said] = posted.errors["config.headers"]
    assert said.startswith("This is not JSON: ")
    page = shown(FORM, posted.value, name="config", errors=posted.errors, written=posted.written)
    assert "{&quot;a&quot;: }" in html(page)


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000])
def test_json_that_others_would_read_differently_is_refused(text: str) -> None:
    assert read_raw(text, name="config").errors.keys() == {"config"}


def test_findings_stand_at_their_fields() -> None:
    errors = {
        "config.prices.0.usd": ["Too small"], "config.headers.a.b": ["No text"],
        "config.unknown": ["Not permitted"], "config": ["Something else"],
    }  # fmt: skip
    page = shown(FORM, {"prices": [{"model": "a", "usd": -1}]}, name="config", errors=errors)
    parts = {part.name: part for part in page.parts}
    assert parts["config.prices"].parts[0].parts[1].errors == ("Too small",)
    assert parts["config.headers"].errors == ("a.b: No text",)
    assert page.errors == ("Something else",)
    assert stray_errors(page, errors) == {"config.unknown": ["Not permitted"]}


def test_a_value_that_does_not_fit_is_json_to_edit_and_nothing_is_lost() -> None:
    value = {"labels": "not a list", "best": 7}
    page = shown(FORM, value, name="config")
    assert {part.name for part in page.parts if part.kind is Kind.JSON} == {
        "config.labels", "config.best", "config.headers",
    }  # fmt: skip
    assert edited(value, {}).value == value
    assert edited(value, {"config.labels": '["a"]'}).value["labels"] == ["a"]


def test_a_mask_where_no_secret_was_is_refused() -> None:
    posted = read_raw(f'{{"key": "{MASK}"}}', name="config", earlier={})
    assert posted.errors.keys() == {"config"}


def test_raw_text_that_is_empty_is_no_value() -> None:
    assert read_raw("  \r\n", name="config").value is ABSENT


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=1>'])
def test_what_people_wrote_is_never_markup(hostile: str) -> None:
    value = {"name": hostile, "labels": [hostile], "headers": {hostile: hostile}, "best": hostile}
    assert hostile not in html(shown(FORM, value, name="config", errors={"config.name": [hostile]}))


MODELS = {
    f"{agent.name}.{which}": model
    for agent in registry.all_agents()
    for which in ("Config", "Input")
    if (model := getattr(agent.cls, which)) is not None and schemas(agent.cls)[which.lower()]
}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_agent_has_a_form(name: str) -> None:
    field = fields_of(MODELS[name].model_json_schema())
    sent = sent_back(shown(field, ABSENT, name="x"))
    assert read_posted(field, sent, name="x", earlier=ABSENT).value in (ABSENT, {})


def test_the_forms_of_the_nlp_agent_need_little_json() -> None:
    """What operators set every day has fields of its own."""
    field = fields_of(registry.find("nlp").cls.Config.model_json_schema())
    kinds = {part.key: part.kind for part in field.fields}
    assert kinds["template"] is Kind.LONG_TEXT
    assert kinds["api_key"] is Kind.SECRET
    assert kinds["labels"] is Kind.LIST
    drawn = [kind for kind in kinds.values() if kind is not Kind.JSON]
    assert len(drawn) > 0.8 * len(kinds)


def test_units_are_spelled_out() -> None:
    field = fields_of(registry.find("nlp").cls.Config.model_json_schema())
    labels = {part.key: part.label for part in field.fields}
    assert labels["timeout_s"] == "Timeout (seconds)"
    assert labels["max_tokens"] == "Max tokens"
