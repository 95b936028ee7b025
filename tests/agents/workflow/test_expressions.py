"""`${{ JMESPath }}` in values: what it gives, what it may read, and that it cannot be endless."""

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.workflow.expressions import BadExpression, EvaluationFailed, compiled
from agents.workflow.references import steps_read
from agents.workflow.template import NotRendered, pieces, rendered

SCOPE = {
    "input": {"n": 3, "name": "Ann", "rows": [{"a": 1}, {"a": 2}], "none": None, "yes": True},
    "steps": {"first": {"output": {"x": "y"}}},
}
ROOTS = frozenset({"input", "steps", "run"})


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("${{ input.n }}", 3),
        ("${{input.rows[*].a}}", [1, 2]),
        ("${{ input.missing }}", None),
        ("${{ {a: {b: input.n}} }}", {"a": {"b": 3}}),
        ("${{ {a: {b: input.n}}}}", {"a": {"b": 3}}),
        ("${{ '}}' }}", "}}"),
        ("${{ '${{' }}", "${{"),
        ("${{ 'it\\'s }}' }}", "it's }}"),
        ('${{ `"}}"` }}', "}}"),
        ("Hello ${{ input.name }}, ${{ input.n }}!", "Hello Ann, 3!"),
        ("[${{ input.none }}|${{ input.yes }}|${{ input.rows }}]", '[|true|[{"a":1},{"a":2}]]'),
        ("${{ secrets.KEY }}", "${{ secrets.KEY }}"),
        ("{{ input.n }} $ { }", "{{ input.n }} $ { }"),
    ],
)
def test_what_a_text_gives(text: str, result: Any) -> None:
    assert rendered(text, SCOPE) == result


def test_values_are_filled_in_at_any_depth_and_keys_never() -> None:
    value = {"${{ input.n }}": ["${{ input.n }}", {"b": "${{ input.name }}"}, 4, None]}
    assert rendered(value, SCOPE) == {"${{ input.n }}": [3, {"b": "Ann"}, 4, None]}


def test_a_value_that_cannot_be_computed_says_where() -> None:
    with pytest.raises(NotRendered) as raised:
        rendered({"a": ["", "${{ length(input.n) }}"]}, SCOPE)
    assert raised.value.path == ("a", 1)
    assert "length()" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("${{ input.n", "never closed"),
        ("${{ a[ }}", "Incomplete expression"),
        ("${{ }}", "JMESPath"),
        ("${{ nosuch(input) }}", "There is no function nosuch()."),
        ("${{ length(input, input) }}", "takes 1 arguments, not 2"),
        ("${{ " + "a" * 1001 + " }}", "1,001 characters"),
        ("${{ " + "[" * 60 + "a" + "]" * 60 + " }}", "nested deeper than 50"),
        ("${{ __import__('os') }}", "There is no function __import__()."),
    ],
)
def test_what_is_badly_written_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadExpression) as raised:
        pieces(text)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        " | ".join(["[@, @]"] * 40),
        "input | " + " | ".join(["[@, @][]"] * 24),
        " | ".join(["join('', [to_string(@), to_string(@)])"] * 20),
        "join(input.long, input.many)",
        "[" + ", ".join(["to_string(input)"] * 50) + "]",
        "input.many[*].[@, @, @] | [].[@, @, @] | [].[@, @, @] | [].[@, @, @]",
        "[" + ", ".join(["sort(input.many)"] * 50) + "]",
    ],
)
def test_endless_work_is_refused_soon(text: str) -> None:
    scope = {"input": {"long": "x" * 1_000_000, "many": ["yz"] * 100_000}}
    started = time.monotonic()
    with pytest.raises(EvaluationFailed, match="too much work"):
        compiled(text).evaluate(scope)
    assert time.monotonic() - started < 5


def test_one_value_cannot_be_filled_with_the_same_data_endlessly() -> None:
    """Each reference costs nothing here, and all of them would be written down."""
    scope = {"input": {"long": "x" * 1_000_000, "many": ["yz"] * 100_000}}
    for value in (["${{ input.many }}"] * 50, "${{ input.long }}" * 50):
        with pytest.raises(NotRendered, match="too much work"):
            rendered(value, scope)


@pytest.mark.parametrize("text", ["input.n < input.name", "avg(input.rows)", "sum(input.name)"])
def test_data_that_does_not_fit_is_a_readable_failure(text: str) -> None:
    with pytest.raises(EvaluationFailed) as raised:
        compiled(text).evaluate(SCOPE)
    assert "\n" not in str(raised.value)


def test_brackets_without_end_are_taken_or_refused() -> None:
    with suppress(BadExpression):
        compiled("(" * 490 + "a" + ")" * 490)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("steps.a.output.rows[*].steps.b", {"a"}),
        ("input.x || steps.b.status", {"b"}),
        ("sort_by(steps.a.output, &steps.z)", {"a"}),
        ("steps.a.output[?x == steps.q].y | [0]", {"a"}),
        ("{one: steps.a.output, two: [steps.b.error]}", {"a", "b"}),
        ("!(steps.a.output) && run.id == 'x'", {"a"}),
        ('steps."a".output', {"a"}),
        ("`1`", set()),
    ],
)
def test_the_steps_an_expression_reads(text: str, steps: set[str]) -> None:
    assert steps_read(compiled(text), ROOTS) == steps


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("foo", "foo is not known here; there are input, run, steps."),
        ("item.x", "inside a step with for_each"),
        ("secrets.KEY", "must be the whole value"),
        ("@", "@ alone means everything"),
        ("*.output", "@ alone means everything"),
        ("keys(@)", "@ alone means everything"),
        ("steps", "Name the step"),
        ("steps.*.output", "Name the step"),
        ("!steps.a.output", "brackets after !"),
        ("steps.a.result", "There is no steps.a.result"),
        ("run.secret", "There is no run.secret"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadExpression, match=r".*") as raised:
        steps_read(compiled(text), ROOTS)
    assert says in str(raised.value)


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused(text: str) -> None:
    for written in (text, f"${{{{ {text} }}}}"):
        with suppress(NotRendered):
            rendered(written, SCOPE)
