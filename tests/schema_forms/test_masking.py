"""What forms hide is what everybody hides, and it comes back as it was."""

from typing import Any

import pytest

from platform_agents.schema_forms import ABSENT, fields_of, read_posted, shown
from platform_agents.schema_forms.fields import Kind
from platform_agents.schema_forms.masking import MASK, masked, unmasked
from platform_agents.schema_forms.posted import read_raw
from tests.schema_forms.browser import html, sent_back

S = "hush-hush"
ADDRESS = "https://ann:hush-hush@example.com/"
FORM = fields_of({"type": "object", "properties": {"base": {"type": "string"}}})


@pytest.mark.parametrize(
    "value",
    [
        {"Authorization": S}, {"cookie": S}, {"db_pwd": S}, {"apiKey": 12345}, {"base": ADDRESS},
        {"headers": [{"name": "X-Api-Key", "value": S}]}, {"credentials": {"user": S}},
        {"text": "Bearer hush-hush0123456789"},
    ],
)  # fmt: skip
def test_secrets_are_hidden_and_put_back(value: Any) -> None:
    hidden = masked(value)
    assert MASK in str(hidden)
    assert "hush" not in str(hidden)
    assert "12345" not in str(hidden)
    assert unmasked(hidden, value) == value


def test_what_says_nothing_is_shown() -> None:
    value = {"keywords": ["a"], "max_tokens": 5, "use_key": True, "key": "${{ secrets.K }}"}
    assert masked(value) == value


def test_a_text_with_a_password_in_it_is_a_secret_in_the_form() -> None:
    page = shown(FORM, {"base": ADDRESS}, name="x")
    assert page.parts[0].kind is Kind.SECRET
    assert "hush" not in html(page)
    again = read_posted(FORM, sent_back(page), name="x", earlier={"base": ADDRESS})
    assert again.value == {"base": ADDRESS}
    other = {**sent_back(page), "x.base": "https://example.com/"}
    assert read_posted(FORM, other, name="x", earlier={"base": ADDRESS}).value == {
        "base": "https://example.com/"
    }


def test_a_mask_where_nothing_was_is_refused() -> None:
    assert read_raw(f'{{"a": "{MASK}"}}', name="x", earlier=ABSENT).errors
