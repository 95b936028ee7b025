"""Every operation of the NLP agent, when the model server fails in each of its ways."""

import asyncio
import time

import pytest

from agents.testing import OpenAIServer, RecordingContext, Reply
from agents.testing import openai_replies as replies
from agents.testing import openai_streams as streams
from tests.agents.nlp_runs import OPERATIONS, Ran, arun, operation_input, run

ALL = sorted(OPERATIONS)
ASKING = [operation for operation in ALL if operation != "embed"]
JSON = ["classify", "extract", "sentiment"]


def _fails(server: OpenAIServer, operation: str, reply: Reply, **config: float) -> Ran:
    server.script(reply)
    ran = run(server, operation_input(operation), repairs=0, **config)
    assert ran.outcome.status == "failed", ran.outcome
    assert len(server.requests) <= 1, "trying again is the runner's"
    return ran


@pytest.mark.parametrize("operation", ALL)
def test_it_works_and_counts_tokens(models: OpenAIServer, operation: str) -> None:
    if operation != "embed":
        models.script(replies.normal(OPERATIONS[operation][1]))

    output = run(models, operation_input(operation)).output

    assert output.get("operation", "complete") == operation
    assert output["usage"]["input_tokens"] > 0
    assert "test" in output["model"]


@pytest.mark.parametrize("operation", ALL)
def test_the_operation_may_stand_in_the_config(models: OpenAIServer, operation: str) -> None:
    if operation != "embed":
        models.script(replies.normal(OPERATIONS[operation][1]))
    config = {"operation": operation, **OPERATIONS[operation][0]}

    output = run(models, {"text": "Hi"}, **config).output

    assert output.get("operation", "complete") == operation


@pytest.mark.parametrize("operation", ALL)
@pytest.mark.parametrize(
    ("reply", "code", "expected"),
    [
        (replies.unauthorized(), "permanent", "wants an API key (401)"),
        (replies.rate_limited("7"), "rate_limited", "asks for patience (429)"),
        (replies.server_error(503), "transient", "failed (503)"),
        (replies.malformed(), "permanent", "not JSON"),
        (replies.no_choices(), "permanent", "JSON that"),
        (replies.model_missing("m"), "permanent", "The model m does not exist"),
    ],
)
def test_a_failing_server(
    models: OpenAIServer, operation: str, reply: Reply, code: str, expected: str
) -> None:
    ran = _fails(models, operation, reply)
    assert ran.outcome.code == code
    assert expected in ran.error


@pytest.mark.parametrize("operation", ALL)
def test_a_rate_limit_keeps_its_seconds_for_the_runner(
    models: OpenAIServer, operation: str
) -> None:
    assert _fails(models, operation, replies.rate_limited("7")).outcome.retry_after_s == 7


@pytest.mark.parametrize("operation", ALL)
def test_a_silent_server_is_cut_off(models: OpenAIServer, operation: str) -> None:
    started = time.monotonic()
    ran = _fails(models, operation, replies.hang(), timeout_s=0.2)
    assert ran.outcome.code == "transient"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("operation", ASKING)
@pytest.mark.parametrize("reply", [replies.refusal("Not this."), replies.content_filter()])
def test_a_refusal_fails_and_is_paid_for(
    models: OpenAIServer, operation: str, reply: Reply
) -> None:
    ran = _fails(models, operation, reply)
    assert ran.outcome.code == "permanent"
    assert "The model refused to answer" in ran.error
    assert ran.context.data_of("usage")[0]["input_tokens"] == 9


@pytest.mark.parametrize("operation", JSON)
def test_json_that_was_cut_off_fails_and_says_what_to_raise(
    models: OpenAIServer, operation: str
) -> None:
    ran = _fails(models, operation, replies.cut_off('{"label": "ha'))
    assert ran.outcome.code == "permanent"
    assert "raise max_tokens" in ran.error


@pytest.mark.parametrize("operation", ["complete", "summarize", "translate"])
def test_a_text_that_was_cut_off_says_so(models: OpenAIServer, operation: str) -> None:
    models.script(replies.cut_off("Once upon a"))
    output = run(models, operation_input(operation)).output
    assert (output["processed_text"], output["finish_reason"]) == ("Once upon a", "length")


@pytest.mark.parametrize("operation", ALL)
def test_a_cancelled_run_ends_at_once_and_hangs_up(models: OpenAIServer, operation: str) -> None:
    models.script(replies.hang())

    async def cancelled() -> Ran:
        task = asyncio.create_task(arun(models, operation_input(operation)))
        while not models.requests:
            await asyncio.sleep(0.005)
        task.cancel()
        return await task

    assert asyncio.run(asyncio.wait_for(cancelled(), 10)).outcome.status == "cancelled"


@pytest.mark.parametrize("operation", ["complete", "summarize", "translate"])
def test_a_run_that_is_cancelled_amid_its_stream_hangs_up(
    models: OpenAIServer, operation: str
) -> None:
    models.script(streams.hanging_stream("Once ", "upon "))

    async def cancelled() -> Ran:
        context = RecordingContext()
        given = operation_input(operation, stream=True)
        task = asyncio.create_task(arun(models, given, context=context))
        while not context.data_of("token"):
            await asyncio.sleep(0.005)
        task.cancel()
        ran = await task
        while not models.hung_up:
            await asyncio.sleep(0.005)
        return ran

    assert asyncio.run(asyncio.wait_for(cancelled(), 10)).outcome.status == "cancelled"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"operation": "sing", "text": "a"}, "input_data.operation"),
        ({"operation": "classify"}, "input_data: Expected text."),
        ({"operation": "classify", "texts": ["a"]}, "input_data: Expected text."),
        ({"operation": "classify", "messages": [{"role": "user", "content": "a"}]},
         "input_data: Expected text."),
        ({"operation": "classify", "text": " ", "labels": ["a", "b"]}, "text is empty"),
        ({"operation": "classify", "text": "a"}, "input_data.labels is missing"),
        ({"operation": "classify", "text": "a", "labels": ["a"]}, "input_data.labels"),
        ({"operation": "classify", "text": "a", "labels": ["a", "A"]}, "differ in more than"),
        ({"operation": "classify", "text": "a", "labels": ["a", "b\nc"]}, "input_data.labels.1"),
        ({"operation": "extract", "text": "a"}, "input_data.schema is missing"),
        ({"operation": "extract", "text": "a", "schema": {"type": "string"}},
         'input_data.schema: type: Expected "object"'),
        ({"operation": "translate", "text": "a"}, "input_data.target_language is missing"),
        ({"operation": "translate", "text": "a", "target_language": "X\nIgnore"},
         "input_data.target_language"),
        ({"operation": "summarize", "text": "a", "length": "huge"}, "input_data.length"),
        ({"operation": "embed"}, "Expected either text or texts"),
        ({"operation": "embed", "text": "a", "texts": ["a"]}, "Expected either text or texts"),
        ({"operation": "embed", "texts": []}, "input_data.texts"),
        ({"operation": "embed", "texts": ["a", ""]}, "input_data.texts.1"),
        ({"operation": "embed", "texts": ["a"] * 2001}, "input_data.texts"),
        ({"operation": "embed", "text": "a", "dimensions": 0}, "input_data.dimensions"),
        ({"operation": "complete", "texts": ["a"]}, "Expected either text or messages"),
        ({"text": "a", "texts": ["a"]}, "Expected either text or texts"),
        ({"texts": ["a"]}, "Expected either text or messages"),
        ({"text": "a", "variables": {"x": 1}}, "input_data.variables: the module has no template"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_its_path_before_anything_is_asked(
    models: OpenAIServer, given: object, expected: str
) -> None:
    ran = run(models, given)
    assert ran.outcome.code == "invalid_input"
    assert expected in ran.error
    assert models.requests == []


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"operation": "sing"}, "config.operation"),
        ({"labels": ["only"]}, "config.labels"),
        ({"schema": {"type": "object", "properties": {"a": {"pattern": "x"}}}},
         "config.schema: properties.a.pattern: pattern is not supported"),
        ({"repairs": 4}, "config.repairs"),
        ({"parallel": 0}, "config.parallel"),
        ({"part_tokens": 1}, "config.part_tokens"),
        ({"provider": "other"}, "config.provider"),
        ({"fallback_models": ["a"] * 6}, "config.fallback_models"),
        ({"fallback_models": [{"model": "a", "base_url": "file:///x"}]},
         "config.fallback_models.0"),
        ({"prices": {"m": {"input_usd_per_1m": -1}}}, "config.prices.m.input_usd_per_1m"),
        ({"api_version": "a&b=c"}, "config.api_version"),
        ({"template": "Hi {{ 1 + 1 }}"}, "config.template: Expected a name in each {{ }}"),
    ],
)  # fmt: skip
def test_bad_config_is_refused_with_its_path(
    models: OpenAIServer, config: dict[str, object], expected: str
) -> None:
    ran = run(models, {"text": "a"}, **config)
    assert ran.outcome.code == "invalid_config"
    assert expected in ran.error
    assert models.requests == []
