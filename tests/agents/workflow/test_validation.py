"""Whether a workflow is valid: every finding with its path, and nothing but findings."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.validation import error_paths
from agents.workflow.model import Workflow

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "uses", "with", "needs", "if", "x"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


def step(id_: str, uses: str = "set", **fields: Any) -> dict[str, Any]:
    """with_ and if_ are written so, because Python keeps the names without."""
    return {"id": id_, "uses": uses} | {name.rstrip("_"): value for name, value in fields.items()}


def findings(*steps: Any, **top: Any) -> dict[str, list[str]]:
    try:
        Workflow.model_validate({"steps": list(steps), **top})
    except ValidationError as error:
        return error_paths(error, "config")
    return {}


def finding(*steps: Any, **top: Any) -> tuple[str, str]:
    [(path, [why])] = findings(*steps, **top).items()
    return path, why


def test_a_whole_workflow_is_valid() -> None:
    assert not findings(
        step("fetch", "http", with_={"url": "https://example.com/${{ input.id }}"},
             retry={"attempts": 3}, timeout_s=10, on_error={"fallback": "cached"}),
        step("cached", "set", with_={"body": [], "why": "${{ steps.fetch.error }}"}),
        step("each", "module", needs=["fetch"], for_each="${{ steps.fetch.output.body }}",
             with_={"module": "nlp", "input": {"text": "${{ item.text }}", "n": "${{ index }}"}},
             output="${{ result.label }}"),
        step("ask", "approval", needs=["each"], with_={"title": "Send ${{ input.id }}?"}),
        step("tell", "notify", needs=["ask"], if_="${{ steps.ask.output.comment != '' }}",
             with_={"message": "Done.", "url": "${{ input.hook }}"}),
        output={"labels": "${{ steps.each.output }}"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "path", "says"),
    [
        ([step("a"), step("a")], "steps.1.id", "that of steps.0 already"),
        ([step("a", needs=["b"])], "steps.0.needs.0", "There is no step 'b'; there are a."),
        ([step("a", needs=["a"])], "steps.0.needs.0", "cannot need itself"),
        ([step("a", on_error={"fallback": "b"})], "steps.0.on_error.fallback", "no step 'b'"),
        ([step("a", on_error="ignore")], "steps.0.on_error", 'continue or {"fallback": "STEP"}.'),
        ([step("a b")], "steps.0.id", "pattern"),
        ([step("a", "shell")], "steps.0.uses", "'module'"),
        ([step("a", then="b")], "steps.0.then", "not permitted"),
        ([], "steps", "at least 1"),
        ([step("a", "module")], "steps.0.with.module", "required"),
        ([step("a", "wait", with_={"seconds": -1})], "steps.0.with.seconds", "greater"),
        ([step("a", "http", with_={"url": "x", "headers": {"A": 1}})],
         "steps.0.with.headers.A", "string"),
        ([step("a", "http", with_={"url": "x", "json": 1, "body": "x"})], "steps.0.with", "both"),
        ([step("a", "approval", for_each=[1], with_={"title": "?"})], "steps.0.for_each", "none"),
        ([step("a", if_="yes")], "steps.0.if", "Expected one expression"),
        ([step("a", for_each="rows")], "steps.0.for_each.items", "Expected a list"),
        ([step("a", with_={"x": [{"y": "${{ a[ }}"}]})], "steps.0.with.x.0.y", "Incomplete"),
        ([step("a", with_={"x": "${{ steps.b.output }}"})], "steps.0.with.x", "no step 'b'"),
        ([step("a", with_={"x": "${{ steps.a.output }}"})], "steps.0.with.x", "may not be over"),
        ([step("a", with_={"x": "${{ item }}"})], "steps.0.with.x", "with for_each"),
        ([step("a", with_={"x": "${{ result }}"})], "steps.0.with.x", "not known here"),
        ([step("a", output="${{ item }}")], "steps.0.output", "with for_each"),
        ([step("a", retry={"attempts": 99})], "steps.0.retry.attempts", "less than or equal to 10"),
    ],
)  # fmt: skip
def test_each_finding_names_its_path(steps: list[Any], path: str, says: str) -> None:
    found, why = finding(*steps)
    assert found == f"config.{path}"
    assert says in why


def test_the_steps_of_a_cycle_are_named_in_their_order() -> None:
    path, why = finding(step("a", needs=["c"]), step("b", needs=["a"]), step("c", needs=["b"]))
    assert path.endswith(".needs")
    assert why in {
        f"These steps wait for each other: {way}."
        for way in ("a → b → c → a", "b → c → a → b", "c → a → b → c")
    }


def test_a_step_reads_only_what_is_surely_over() -> None:
    """Needs of needs are; a step beside it is not."""
    a, b = step("a"), step("b", needs=["a"])
    reads = {"x": "${{ steps.a.output }}"}
    assert not findings(a, b, step("c", needs=["b"], with_=reads))
    path, why = finding(a, b, step("c", with_=reads))
    assert (path, why) == (
        "config.steps.2.with.x",
        "The step 'a' may not be over by then; add it to this step's needs.",
    )


def test_a_fallback_is_read_and_needed_by_the_name_of_its_step() -> None:
    a, b = step("a", on_error={"fallback": "b"}), step("b")
    assert "need 'a'" in finding(a, b, step("c", needs=["b"]))[1]
    assert "read 'a'" in finding(a, b, output="${{ steps.b.output }}")[1]
    assert "has no needs" in finding(step("z"), a, step("b", needs=["z"]))[1]
    assert "fallback of 'a' already" in finding(a, b, step("c", on_error={"fallback": "b"}))[1]


def test_steps_that_are_each_others_fallback_are_a_cycle() -> None:
    a, b = (step(x, on_error={"fallback": y}) for x, y in ("ab", "ba"))
    assert "wait for each other" in finding(a, b)[1]


def test_many_findings_are_told_at_once() -> None:
    found = findings(
        step("a", needs=["x"], with_={"p": "${{ b[ }}", "q": "${{ foo }}"}),
        step("a", "module"),
    )
    assert found.keys() == {
        "config.steps.0.needs.0", "config.steps.0.with.p", "config.steps.0.with.q",
        "config.steps.1.id", "config.steps.1.with.module",
    }  # fmt: skip


def test_there_is_an_end_to_expressions() -> None:
    path, why = finding(step("a", with_={"x": ["${{ input }}"] * 2001}))
    assert (path, why) == ("config.steps", "2,001 expressions; at most 2,000.")


def test_the_timeout_has_two_spellings() -> None:
    assert not findings(step("a", timeout=3), step("b", timeout_s=3))
    assert finding(step("a", timeout=0))[0] == "config.steps.0.timeout"


def test_a_value_nested_without_end_is_a_finding() -> None:
    value: Any = "${{ input }}"
    for _ in range(60):
        value = [value]
    assert (
        "Nested deeper than 32" in next(iter(findings(step("a", with_={"x": value})).values()))[0]
    )


def graphs(count: int) -> st.SearchStrategy[tuple[int, set[tuple[int, int]]]]:
    """How many steps, and (step, what it needs)."""
    number = st.integers(0, count - 1)
    return st.tuples(st.just(count), st.sets(st.tuples(number, number)))


@given(st.integers(1, 8).flatmap(graphs))
def test_exactly_the_graphs_with_a_cycle_are_refused(
    drawn: tuple[int, set[tuple[int, int]]],
) -> None:
    count, edges = drawn
    needs: dict[int, set[int]] = {n: {b for a, b in edges if a == n} for n in range(count)}
    found = findings(*(step(f"s{n}", needs=[f"s{m}" for m in needs[n]]) for n in range(count)))
    left = set(range(count))
    while free := {n for n in left if not needs[n] & left}:
        left -= free
    assert bool(found) == bool(left), found


@given(JSON)
def test_garbage_is_refused_with_findings_and_nothing_else(garbage: Any) -> None:
    for given_ in (garbage, {"steps": garbage}, {"steps": [garbage]}):
        with suppress(ValidationError):
            Workflow.model_validate(given_)


@given(JSON, JSON, JSON)
def test_garbage_in_a_step_is_refused_with_findings(with_: Any, needs: Any, each: Any) -> None:
    for uses in ("module", "data", "http", "set", "wait", "notify", "approval"):
        findings(step("a", uses, with_=with_, needs=needs, for_each=each, if_=needs))
