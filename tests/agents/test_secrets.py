"""References to secrets: what counts as one, what they become, and what is taken out again."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from agents import BaseAgent, InvalidConfig, PermanentError
from agents.outcome import Outcome, run_agent
from agents.secrets import Scrubber, filled, is_reference, names_in
from agents.testing import RecordingContext

VALUE = 'sk-"very\\secret"-ü'
DEEP = {"a": [{"b": "${{ secrets.KEY }}"}, "${{secrets.OTHER_2}}"], "c": "plain"}


def test_references_are_found_and_filled_wherever_they_stand() -> None:
    assert names_in(json.dumps(DEEP)) == {"KEY", "OTHER_2"}
    secrets = {"KEY": VALUE, "OTHER_2": "two"}
    assert filled(DEEP, secrets) == {"a": [{"b": VALUE}, "two"], "c": "plain"}


@pytest.mark.parametrize(
    "text",
    ["Bearer ${{ secrets.KEY }}", "${{ secrets.key }}", "${{ secrets. }}", "${ secrets.KEY }",
     "${{ steps.KEY }}", "${{ secrets.KEY }} ", "${{ secrets.KEY.x }}", "${{ secrets.1A }}",
     "${{\nsecrets.KEY }}", "${{ secrets.KEY }}\n", "${{ secrets." + "A" * 65 + " }}"],
)  # fmt: skip
def test_anything_but_exactly_a_reference_is_a_text(text: str) -> None:
    assert not is_reference(text)
    assert names_in(json.dumps({"a": text})) == set()
    assert filled({"a": text}, {}) == {"a": text}


def test_keys_are_not_filled_and_a_value_is_never_read_as_a_reference() -> None:
    config = {"${{ secrets.KEY }}": "${{ secrets.KEY }}"}
    secrets = {"KEY": "${{ secrets.OTHER }}", "OTHER": "x"}
    assert filled(config, secrets) == {"${{ secrets.KEY }}": "${{ secrets.OTHER }}"}


@pytest.mark.parametrize(
    ("secrets", "says"), [({}, "no secret OTHER_2"), ({"OTHER_2": None}, "cannot be decrypted")]
)
def test_a_secret_that_is_not_there_is_named_with_its_place(
    secrets: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidConfig, match=says) as refused:
        filled(DEEP, {"KEY": VALUE, **secrets})
    assert str(refused.value).startswith("config.a.1: ")
    assert VALUE not in str(refused.value)


class TestScrubbing:
    def test_longer_values_go_first_and_short_ones_stay(self) -> None:
        scrub = Scrubber(["secret", "secret-and-more", "short", "", None])
        assert scrub.text("secret-and-more, secret, short") == "…, …, short"

    def test_json_is_scrubbed_inside_its_strings_only(self) -> None:
        scrub = Scrubber([VALUE, "123456"])
        text = json.dumps({"a": [f"<{VALUE}>", 123456, "123456"], VALUE: 1}, ensure_ascii=False)
        assert json.loads(scrub.json(text)) == {"a": ["<…>", 123456, "…"], "…": 1}

    def test_without_a_value_in_it_the_text_is_the_same(self) -> None:
        text = '{"a":  1.0}'
        assert Scrubber([VALUE]).json(text) is text
        data = {"a": (1, 2)}
        assert Scrubber([]).value(data) is data


class Teller(BaseAgent):
    """Tells what it was given, in the way that its input says."""

    class Config(BaseModel):
        key: SecretStr

    async def execute(self, input_data: dict[str, str]) -> Any:
        key = self.config.key.get_secret_value()
        if input_data["how"] == "fail":
            raise PermanentError(f"The key is {key}.")
        if input_data["how"] == "crash":
            raise ValueError(key)
        return {"key": key, "known": dict(self.context.secrets)}


def told(how: str, org_secrets: dict[str, str | None], **context: Any) -> Outcome:
    body = json.dumps({"how": how}).encode()
    config = '{"key": "${{ secrets.KEY }}"}'
    return asyncio.run(
        run_agent(
            Teller,
            RecordingContext(**context),
            config=config,
            input_json=body,
            org_secrets=org_secrets,
        )
    )


@pytest.mark.parametrize("how", ["output", "fail", "crash"])
def test_a_run_tells_no_secret_of_its_organization(how: str) -> None:
    outcome = told(how, {"KEY": VALUE})
    said = f"{outcome.output} {outcome.error} {outcome.detail}"
    assert "…" in said
    assert VALUE not in said
    assert json.dumps(VALUE, ensure_ascii=False)[1:-1] not in said


def test_the_platforms_settings_stay_out_of_errors_but_not_out_of_outputs() -> None:
    """A model's name is one of them."""
    platform = {"MODEL": "gpt-large"}
    assert "gpt-large" in told("output", {"KEY": VALUE}, secrets=platform).output
    assert told("fail", {"KEY": "gpt-large"}, secrets=platform).error == "The key is …."


def test_a_missing_secret_is_an_invalid_config() -> None:
    outcome = told("output", {})
    assert (outcome.status, outcome.code) == ("failed", "invalid_config")
    assert "no secret KEY" in outcome.error
