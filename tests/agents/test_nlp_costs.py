"""What runs of the NLP agent cost: the price table, a module's own prices, and the sum of a run."""

import json
from datetime import date
from typing import Any

import pytest

from agents.chat import prices
from agents.testing import OpenAIServer, Reply
from agents.testing import openai_replies as replies
from tests.agents.nlp_runs import run

HI = {"text": "Hi"}


def _answer(model: str | None, **usage: Any) -> Reply:
    """A million tokens in and half a million out, by the model of this name."""
    body = json.loads(replies.normal(input_tokens=1_000_000, output_tokens=500_000).body)
    body["model"] = model
    body["usage"] |= usage
    return replies.as_json(body)


@pytest.mark.parametrize(
    ("answered", "cost"),
    [
        ("gpt-4o-mini", 0.45),
        ("gpt-4o-mini-2024-07-18", 0.45),
        ("gpt-4o-mini-nobody-knows", None),
        ("llama3.2:3b", None),
    ],
)
def test_a_known_model_has_its_cost_and_an_unknown_one_none(
    models: OpenAIServer, answered: str, cost: float | None
) -> None:
    models.script(_answer(answered))

    ran = run(models, HI)

    assert ran.context.data_of("usage") == [
        {"model": answered, "input_tokens": 1_000_000, "output_tokens": 500_000, "cost_usd": cost}
    ]
    assert ran.output["usage"].get("cost_usd") == cost


def test_cached_tokens_have_their_own_price(models: OpenAIServer) -> None:
    models.script(_answer("gpt-4o-mini", prompt_tokens_details={"cached_tokens": 800_000}))
    assert run(models, HI).output["usage"]["cost_usd"] == pytest.approx(0.03 + 0.06 + 0.30)


def test_a_server_that_names_no_model_is_charged_by_what_was_asked(models: OpenAIServer) -> None:
    models.script(_answer(None))
    assert run(models, HI, model="gpt-4o").output["usage"]["cost_usd"] == 2.5 + 5


@pytest.mark.parametrize("name", ["llama3.2:3b", "gpt-4o", "my-deployment"])
def test_the_modules_prices_go_before_the_table(models: OpenAIServer, name: str) -> None:
    models.script(_answer("gpt-4o" if name == "my-deployment" else name))
    own = {name: {"input_usd_per_1m": 1, "output_usd_per_1m": 2}}
    assert run(models, HI, model=name, prices=own).output["usage"]["cost_usd"] == 2


def test_a_run_of_many_requests_has_one_sum(models: OpenAIServer) -> None:
    models.default = _answer("gpt-4o")

    ran = run(models, {"operation": "summarize", "text": "word " * 600}, part_tokens=200)

    requests = len(models.requests)
    assert requests == ran.output["parts"] + 1 > 3
    total = {"input_tokens": requests * 1_000_000, "output_tokens": requests * 500_000,
             "cost_usd": requests * 7.5}  # fmt: skip
    assert ran.output["usage"] == total
    assert ran.context.data_of("usage") == [{"model": "gpt-4o", **total}]


def test_models_are_told_apart_and_one_unknown_price_leaves_the_sum_unknown(
    models: OpenAIServer,
) -> None:
    models.script(_answer("gpt-4o"), _answer("gpt-4o"))
    models.default = _answer("mystery")

    ran = run(models, {"operation": "summarize", "text": "word " * 600}, part_tokens=200)

    costs = {usage["model"]: usage["cost_usd"] for usage in ran.context.data_of("usage")}
    assert costs == {"gpt-4o": 15, "mystery": None}
    assert ran.output["usage"]["cost_usd"] is None


def test_a_run_that_fails_half_way_has_paid_for_the_first_half(models: OpenAIServer) -> None:
    models.script(_answer("gpt-4o"), replies.refusal())
    given = {"operation": "summarize", "text": "word " * 600}

    ran = run(models, given, part_tokens=200, parallel=1)

    assert "refused to answer" in ran.error
    assert {usage["model"] for usage in ran.context.data_of("usage")} == {"gpt-4o", replies.MODEL}


def test_the_table_says_of_each_price_when_and_where_it_was_read() -> None:
    models = json.loads(prices._FILE.read_text())["models"]
    assert len(prices.price_table()) == len(models) > 15
    for name, entry in models.items():
        assert date.fromisoformat(entry["as_of"]) <= date.today(), name  # noqa: DTZ011
        assert entry["source"].startswith("https://"), name
        assert not entry.keys() - prices.Price.model_fields.keys() - {"as_of", "source"}, name
