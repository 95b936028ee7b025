"""Running workflows with the recording context: order, items, failures, and going on again."""

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import Approval, ModuleCallFailed, ModuleCallRefused, TransientError
from agents.automation import AutomationAgent
from agents.checkpoints import MOST_BYTES
from agents.outcome import Outcome, run_agent
from agents.testing import RecordingContext
from agents.workflow import step_run


def step(id_: str, uses: str = "set", **fields: Any) -> dict[str, Any]:
    """with_ and if_ are written so, because Python keeps the names without."""
    return {"id": id_, "uses": uses} | {name.rstrip("_"): value for name, value in fields.items()}


def call(id_: str, module: str, given: Any = None, **fields: Any) -> dict[str, Any]:
    return step(id_, "module", with_={"module": module, "input": given or {}}, **fields)


async def outcome(
    context: RecordingContext, *steps: dict[str, Any], given: Any = None, **top: Any
) -> Outcome:
    config = {"steps": list(steps), **top}
    body = json.dumps(given or {}).encode()
    return await run_agent(AutomationAgent, context, config=config, input_json=body)


def run(*steps: dict[str, Any], given: Any = None, modules: Any = None, **top: Any) -> Any:
    """The output of a workflow that completes."""
    ended = asyncio.run(
        outcome(RecordingContext(modules=modules or {}), *steps, given=given, **top)
    )
    assert ended.status == "completed", ended.error
    return json.loads(ended.output)


def failure(*steps: dict[str, Any], modules: Any = None, **more: Any) -> str:
    ended = asyncio.run(outcome(RecordingContext(modules=modules or {}), *steps, **more))
    assert ended.status == "failed"
    return ended.error


def test_data_flows_from_step_to_step_and_the_last_ones_are_the_output() -> None:
    output = run(
        call("ask", "model", {"text": "${{ input.text }}"}),
        step("cut", needs=["ask"], with_={"label": "${{ steps.ask.output.label }}", "n": 1}),
        given={"text": "Hi"}, modules={"model": lambda given: {"label": given["text"] + "!"}},
    )  # fmt: skip
    assert output == {"cut": {"label": "Hi!", "n": 1}}


def test_the_output_is_what_the_workflow_says() -> None:
    steps = (step("a", with_={"x": [1, 2]}), step("b", output="${{ length(result) }}"))
    wanted = {"sum": "${{ sum(steps.a.output.x) }}", "b": "${{ steps.b.output }}", "c": [True]}
    assert run(*steps, output=wanted) == {"sum": 3, "b": 0, "c": [True]}


def test_the_run_is_known_to_expressions() -> None:
    assert run(step("a", with_={"r": "${{ run }}"}), output="${{ steps.a.output.r }}") == {
        "id": "execution-1", "org_id": "org-1", "attempt": 1,
    }  # fmt: skip


def test_independent_steps_run_at_once() -> None:
    started = time.monotonic()
    waits = [step(f"w{n}", "wait", with_={"seconds": 0.4}) for n in range(10)]
    run(*waits, step("end", needs=[f"w{n}" for n in range(10)]))
    assert time.monotonic() - started < 2


def test_a_step_starts_when_all_that_it_needs_is_over_and_not_before() -> None:
    context = RecordingContext(modules=dict.fromkeys("abc", 1))
    a, b = call("a", "a"), call("b", "b", needs=["a"])
    asyncio.run(outcome(context, call("c", "c", needs=["b", "a"]), b, a))
    assert [module for module, _ in context.calls] == ["a", "b", "c"]


def test_items_run_with_their_concurrency_and_keep_their_order() -> None:
    running, most = 0, 0

    class Counting(RecordingContext):
        async def _fake(self, module: str, body: bytes, timeout_s: float | None) -> bytes:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.02 if json.loads(body)["n"] % 2 else 0.001)
            running -= 1
            return body

    each = call(
        "each", "echo", {"n": "${{ item }}", "at": "${{ index }}"}, output="${{ result.n }}",
        for_each={"items": "${{ input.rows }}", "concurrency": 3},
    )  # fmt: skip
    ended = asyncio.run(outcome(Counting(), each, given={"rows": list(range(20))}))
    assert json.loads(ended.output) == {"each": list(range(20))}
    assert most == 3


@pytest.mark.parametrize(
    ("rows", "says"),
    [("x", "no list but str"), (list(range(1001)), "1,001 items; at most 1,000")],
)
def test_items_must_be_a_list_of_bounded_length(rows: Any, says: str) -> None:
    assert says in failure(step("a", for_each="${{ input.rows }}"), given={"rows": rows})


def test_a_step_whose_if_is_false_is_skipped_and_what_needs_it_runs() -> None:
    output = run(
        step("a", if_="${{ input.wanted }}"),
        step("b", if_="${{ input.rows }}"),
        step("c", needs=["a"], with_={"was": "${{ steps.a.status }}"}),
        given={"wanted": False, "rows": []},
    )
    assert output == {"b": None, "c": {"was": "skipped"}}


def test_a_failed_step_ends_the_workflow_and_what_runs_beside_it() -> None:
    started = time.monotonic()
    why = failure(call("bad", "none"), step("slow", "wait", with_={"seconds": 30}))
    assert why.startswith("The step 'bad' failed: The module 'none' is not among")
    assert time.monotonic() - started < 5


def test_continue_goes_on_with_nothing_and_the_error() -> None:
    seen = {"e": "${{ steps.bad.error }}", "o": "${{ steps.bad.output }}"}
    bad = call("bad", "none", on_error="continue")
    output = run(bad, step("next", needs=["bad"], with_=seen))
    assert output["next"]["o"] is None
    assert "not among" in output["next"]["e"]


def test_items_that_fail_are_null_with_continue_and_end_the_step_without() -> None:
    modules = {"odd": _odd}
    each = call("each", "odd", {"n": "${{ item }}"}, for_each=[1, 2, 3])
    assert run({**each, "on_error": "continue"}, modules=modules) == {"each": [1, None, 3]}
    assert failure(each, modules=modules) == "The step 'each' failed: Item 1: 2 is not odd."


def _odd(given: dict[str, int]) -> int:
    if given["n"] % 2 == 0:
        raise ModuleCallFailed(f"{given['n']} is not odd.")
    return given["n"]


def test_a_fallback_takes_the_place_of_a_failed_step() -> None:
    steps = (
        call("main", "none", on_error={"fallback": "spare"}),
        step("spare", with_={"because": "${{ steps.main.error }}"}, on_error={"fallback": "last"}),
        step("last"),
        step("after", needs=["main"], with_={"got": "${{ steps.main.output.because }}"}),
    )
    assert "not among" in run(*steps)["after"]["got"]
    assert run(*steps, modules={"none": {"because": "main"}})["after"] == {"got": "main"}


def test_what_needs_a_step_waits_for_its_fallback() -> None:
    output = run(
        call("main", "none", on_error={"fallback": "spare"}),
        step("spare", "wait", with_={"seconds": 0.2}),
        step("after", needs=["main"], with_={"s": "${{ steps.main.status }}"}),
    )
    assert output == {"after": {"s": "completed"}}


class Flaky:
    """A module that fails so often, then gives how often it was called."""

    def __init__(self, fails: int, error: Exception) -> None:
        self.calls, self.fails, self.error = 0, fails, error

    def __call__(self, given: Any) -> int:
        self.calls += 1
        if self.calls <= self.fails:
            raise self.error
        return self.calls


@pytest.mark.parametrize("error", [TransientError("Away."), ModuleCallFailed("It failed.")])
def test_a_step_is_tried_again_as_its_retry_says(error: Exception) -> None:
    retry = {"attempts": 3, "delay_s": 0.01}
    assert run(call("a", "m", retry=retry), modules={"m": Flaky(2, error)}) == {"a": 3}
    module = Flaky(9, error)
    assert str(error) in failure(call("a", "m", retry=retry), modules={"m": module})
    assert module.calls == 3


def test_what_would_fail_again_is_not_tried_again() -> None:
    module = Flaky(9, ModuleCallRefused("Not active.", reason="module_not_active"))
    failure(call("a", "m", retry={"attempts": 5, "delay_s": 0}), modules={"m": module})
    assert module.calls == 1


def test_a_step_has_its_own_timeout() -> None:
    wait = step("a", "wait", with_={"seconds": 20}, timeout_s=0.05)
    assert failure(wait) == "The step 'a' failed: Timed out after 0.05 seconds."


def test_values_that_do_not_fit_fail_with_their_path() -> None:
    wait = step("a", "wait", with_={"seconds": "${{ input.s }}"})
    assert failure(wait, given={"s": "soon"}).startswith("The step 'a' failed: with.seconds: ")
    short = step("a", with_={"x": ["${{ length(input.s) }}"]})
    assert "with.x.0 cannot be computed: " in failure(short, given={"s": 1})
    assert "output.n cannot be computed" in failure(step("a"), output={"n": "${{ abs(input) }}"})


def test_an_output_that_is_too_large_fails_its_step() -> None:
    why = failure(call("a", "m"), modules={"m": "x" * MOST_BYTES})
    assert "4,194,306 bytes; at most 4,194,304 are kept" in why


def test_an_output_is_the_same_now_and_after_a_crash() -> None:
    """Integers that JSON cannot hold for everybody are text, in this attempt already."""
    steps = (
        step("a", with_={"n": "${{ input.n }}"}),
        step("b", needs=["a"], with_={"n": "${{ steps.a.output.n }}"}),
    )
    assert run(*steps, given={"n": 2**60}) == {"b": {"n": str(2**60)}}


def test_every_step_is_an_event_with_input_output_and_time() -> None:
    context = RecordingContext(modules={"m": lambda given: given})
    asyncio.run(outcome(context, call("a", "m", {"n": 1}), call("bad", "none", needs=["a"])))
    started, completed, bad, failed = (event["data"] for event in context.data_of("step"))
    assert started == {
        "step": "a", "uses": "module", "status": "started",
        "input": {"module": "m", "input": {"n": 1}},
    }  # fmt: skip
    assert (completed["status"], completed["output"]) == ("completed", {"n": 1})
    assert completed["ms"] >= 0
    assert (bad["status"], failed["status"]) == ("started", "failed")
    assert "not among" in failed["error"]


def test_events_hold_no_header_values_and_only_the_beginning_of_what_is_long() -> None:
    context = RecordingContext()
    headers = {"Authorization": "Bearer 123"}
    request = {"url": "https://example.com", "headers": headers, "json": ["x" * 9000]}
    asyncio.run(outcome(context, step("a", "http", with_=request)))
    text = json.dumps(context.data_of("step"))
    assert "Bearer" not in text
    assert len(text) < 3000


@st.composite
def workflows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Module steps in any order, each needing some of those with a smaller number; some fail."""
    count = draw(st.integers(1, 7))
    steps = []
    for n in range(count):
        needs = draw(st.sets(st.integers(0, n - 1))) if n else set()
        reads = [f"${{{{ steps.s{m}.status }}}}" for m in needs]
        steps.append(
            call(
                f"s{n}", draw(st.sampled_from(["good", "bad"])), {"n": n, "after": reads},
                needs=[f"s{m}" for m in needs], if_=draw(st.booleans()),
                on_error=draw(st.sampled_from(["continue", "fail"])),
            )
        )  # fmt: skip
    return list(draw(st.permutations(steps)))


@given(workflows())
def test_whatever_the_graph_steps_run_once_and_after_what_they_need(
    steps: list[dict[str, Any]],
) -> None:
    context = RecordingContext(modules={"good": 1})
    ended = asyncio.run(outcome(context, *steps))
    called = [given["n"] for _, given in context.calls]
    assert len(called) == len(set(called))
    for _, given_ in context.calls:
        needs = next(step["needs"] for step in steps if step["id"] == f"s{given_['n']}")
        assert len(given_["after"]) == len(needs)
        assert all(status in {"completed", "failed", "skipped"} for status in given_["after"])
    fatal = [
        s for s in steps if s["if"] and s["with"]["module"] == "bad" and s["on_error"] == "fail"
    ]
    assert ended.status == ("failed" if fatal else "completed")
    if not fatal:
        assert sorted(called) == sorted(s["with"]["input"]["n"] for s in steps if s["if"])


# --- going on again -------------------------------------------------------------------------------


async def again(
    context: RecordingContext, *steps: dict[str, Any], approvals: Any = None, **more: Any
) -> tuple[RecordingContext, Outcome]:
    """The next attempt, with what the one before kept."""
    following = RecordingContext(
        modules=context.modules, approvals=approvals or {}, attempt=context.attempt + 1,
        finished_steps={**context.finished_steps, **context.checkpoints},
    )  # fmt: skip
    return following, await outcome(following, *steps, **more)


def test_what_is_finished_is_not_done_again() -> None:
    steps = (
        call("a", "m", {"n": 0}),
        call("each", "m", {"n": "${{ item }}"}, for_each=[1, 2, 3], needs=["a"]),
        step("off", if_=False),
        call("bad", "none", on_error={"fallback": "spare"}),
        call("spare", "m", {"n": 4}),
        call("last", "late", needs=["each", "bad", "off"]),
    )
    context = RecordingContext(modules={"m": lambda given: given["n"]})
    first = asyncio.run(outcome(context, *steps))
    assert "late" in first.error
    context.modules = {"late": 5}
    following, ended = asyncio.run(again(context, *steps, output={"e": "${{ steps.each.output }}"}))
    assert json.loads(ended.output) == {"e": [1, 2, 3]}
    assert [module for module, _ in following.calls] == ["late"]


def test_items_that_are_finished_are_not_done_again() -> None:
    each = call("each", "m", {"n": "${{ item }}"}, for_each=[0, 1, 2])
    context = RecordingContext(modules={"m": 8})
    context.checkpoints["each", 0] = context.checkpoints["each", 2] = _finished(7)
    following, ended = asyncio.run(again(context, each))
    assert json.loads(ended.output) == {"each": [7, 8, 7]}
    assert following.calls == [("m", {"n": 1})]


def _finished(output: Any) -> Any:
    return step_run.FinishedStep(status="completed", output=output)


ASK = step("ask", "approval", with_={"title": "OK?", "expires_s": 60})


def test_an_approval_suspends_when_nothing_else_is_left_to_do() -> None:
    context = RecordingContext(modules={"m": 1})
    ended = asyncio.run(outcome(context, ASK, call("a", "m"), call("b", "m", needs=["ask"])))
    assert ended.suspended == {"reason": "approval", "step": "ask", "resume_in_s": 60}
    assert context.asked == {"ask": {"title": "OK?", "message": "", "expires_s": 60}}
    assert len(context.calls) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Approval(state="approved", by="ann", comment="yes", at="now"), ""),
        (Approval(state="rejected", by="ann", comment="no"), "Rejected by ann: no"),
        (Approval(state="expired"), "Nobody decided in time."),
    ],
)
def test_an_answer_completes_or_fails_the_step(answer: Approval, error: str) -> None:
    context = RecordingContext()
    asyncio.run(outcome(context, ASK))
    _, ended = asyncio.run(again(context, ASK, approvals={"ask": answer}))
    if error:
        assert ended.error == f"The step 'ask' failed: {error}"
    else:
        said = {"decision": "approved", "comment": "yes", "by": "ann", "at": "now"}
        assert json.loads(ended.output) == {"ask": said}


def test_an_open_question_suspends_again_and_is_not_asked_twice() -> None:
    context = RecordingContext()
    pending = {"ask": Approval(state="pending", left_s=12)}
    following, ended = asyncio.run(again(context, ASK, approvals=pending))
    assert ended.suspended == {"reason": "approval", "step": "ask", "resume_in_s": 12}
    assert following.asked == {}
    assert following.data_of("step") == [], "its log has the question already"


def test_a_long_wait_suspends_and_goes_on_when_its_time_has_come() -> None:
    wait = step("nap", "wait", with_={"seconds": 3600})
    context = RecordingContext()
    ended = asyncio.run(outcome(context, wait, ASK))
    assert ended.suspended is not None
    assert ended.suspended["step"] == "ask", "the one that is due first"
    kept = context.checkpoints["nap", -1]
    assert kept.status == "waiting"
    context.checkpoints["nap", -1] = step_run.FinishedStep(
        status="waiting", output={"until": time.time() - 1}
    )
    _, ended = asyncio.run(again(context, wait))
    assert json.loads(ended.output) == {"nap": {"seconds": 3600}}
