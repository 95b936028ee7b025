"""Templates of the complete operation: plain replacement, and nothing that runs."""

from typing import Any

import pytest

from agents.testing import OpenAIServer
from tests.agents.nlp_runs import Ran, asked, run

LETTER = "Write to {{ name }} about {{topic}}; {{ name }} is {{ age }}."


def _run(server: OpenAIServer, given: Any, *, template: str = LETTER) -> Ran:
    return run(server, given, template=template)


def test_places_are_filled_from_the_inputs_variables(models: OpenAIServer) -> None:
    _run(models, {"variables": {"name": "Ada", "topic": "rain", "age": 36}})
    assert asked(models.requests[0]) == "Write to Ada about rain; Ada is 36."


def test_the_text_is_a_place_as_well(models: OpenAIServer) -> None:
    _run(models, {"text": "Hello."}, template="Answer politely: {{ text }}")
    assert asked(models.requests[0]) == "Answer politely: Hello."


def test_the_system_prompt_stands_before_it(models: OpenAIServer) -> None:
    run(models, {"text": "x"}, template="{{ text }}", system_prompt="Be brief.")
    assert [m["role"] for m in models.requests[0].body["messages"]] == ["system", "user"]


@pytest.mark.parametrize(
    "value",
    ["{{ topic }}", "{0.__class__}", "{name}", "%(name)s", "$name", "{% if x %}", "{{ 7 * 7 }}"],
)
def test_values_are_text_and_never_looked_at_again(models: OpenAIServer, value: str) -> None:
    _run(models, {"variables": {"name": value, "topic": "rain", "age": True}})
    assert asked(models.requests[0]) == f"Write to {value} about rain; {value} is true."


@pytest.mark.parametrize("braces", ["{name}", "{0}", "{% raw %}", "}} {", "$name {x!r:>10}"])
def test_other_braces_are_text(models: OpenAIServer, braces: str) -> None:
    _run(models, {"text": "x"}, template=f"{braces} {{{{ text }}}}")
    assert asked(models.requests[0]) == f"{braces} x"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"variables": {"name": "Ada", "age": 1}}, "input_data.variables.topic is missing"),
        ({"variables": {}}, "input_data.variables.name is missing"),
        ({"text": "x", "variables": {"name": "Ada"}}, "input_data.text: the module's template"),
        ({"variables": {"name": ["a"]}}, "input_data.variables.name"),
        ({"variables": {f"v{n}": 1 for n in range(201)}}, "input_data.variables"),
        ({}, "Expected either text or messages"),
    ],
)
def test_what_does_not_fill_the_template_is_refused_with_its_path(
    models: OpenAIServer, given: Any, expected: str
) -> None:
    ran = _run(models, given)
    assert ran.outcome.code == "invalid_input"
    assert expected in ran.error
    assert models.requests == []


def test_a_template_that_wants_a_text_says_so(models: OpenAIServer) -> None:
    ran = _run(models, {"variables": {"x": 1}}, template="{{ text }}")
    assert "input_data.text is missing" in ran.error


@pytest.mark.parametrize(
    "place", ["{{ 1 + 1 }}", "{{ a b }}", "{{}}", "{{ a", "{{ a.b() }}", "{{{"]
)
def test_a_template_with_anything_but_names_is_refused(models: OpenAIServer, place: str) -> None:
    ran = _run(models, {"text": "x"}, template=f"Hi {place}")
    assert ran.outcome.code == "invalid_config"
    assert "config.template: Expected a name in each {{ }}" in ran.error
    assert "character 4" in ran.error


def test_a_conversation_is_sent_as_it_is(models: OpenAIServer) -> None:
    messages = [{"role": "user", "content": "{{ name }}"}]
    _run(models, {"messages": messages})
    assert models.requests[0].body["messages"] == messages
