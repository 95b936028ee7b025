"""Fallback models of the NLP agent: when they are asked, and what they may be sent."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from agents.testing import OpenAIServer, RecordingContext, Reply
from agents.testing import openai_embeddings as embeddings
from agents.testing import openai_replies as replies
from agents.testing import openai_streams as streams
from tests.agents.nlp_runs import run

PLATFORM_KEY = "sk-platform-0123456789abcdef"
MODULE_KEY = "module-key-fedcba9876543210"
HI = {"text": "Hi"}


@pytest.fixture
def elsewhere() -> Iterator[OpenAIServer]:
    """A second server."""
    with OpenAIServer() as running:
        yield running


def _asked_models(server: OpenAIServer) -> list[str]:
    return [request.body["model"] for request in server.requests]


def _platform(server: OpenAIServer) -> RecordingContext:
    secrets = {
        "OPENAI_API_KEY": PLATFORM_KEY,
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_MODEL": "platform-model",
    }
    return RecordingContext(secrets=secrets)


@pytest.mark.parametrize(
    "reply",
    [
        replies.server_error(500), replies.rate_limited("9"), replies.model_missing("m"),
        replies.error(400, "no such model", code="model_not_found"), Reply(status=404),
    ],
)  # fmt: skip
def test_the_next_model_answers_and_the_failed_try_is_an_event(
    models: OpenAIServer, reply: Reply
) -> None:
    models.script(reply, replies.normal("second"))

    ran = run(models, HI, fallback_models=["second-model", "third-model"])

    assert ran.output["processed_text"] == "second"
    assert _asked_models(models) == ["m", "second-model"]
    (event,) = ran.context.data_of("log")
    assert event["level"] == "warning"
    assert event["message"].startswith("m did not answer: ")
    assert event["data"]["model"] == "m"


def test_a_silent_server_is_given_up_after_its_timeout(
    models: OpenAIServer, elsewhere: OpenAIServer
) -> None:
    models.script(replies.hang())
    spare = {"model": "spare", "base_url": elsewhere.base_url}
    started = time.monotonic()

    ran = run(models, HI, fallback_models=[spare], timeout_s=1)

    assert ran.output["processed_text"] == "Hello!"
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "reply",
    [
        replies.refusal(), replies.content_filter(), replies.unauthorized(),
        replies.out_of_quota(), replies.error(400, "context length exceeded"),
        replies.error(422, "bad"), replies.malformed(),
    ],
)  # fmt: skip
def test_an_answer_is_an_answer_and_no_other_model_is_asked(
    models: OpenAIServer, reply: Reply
) -> None:
    models.script(reply)
    ran = run(models, HI, fallback_models=["second-model"])
    assert ran.outcome.code == "permanent"
    assert _asked_models(models) == ["m"]


def test_invalid_input_asks_nobody(models: OpenAIServer) -> None:
    assert run(models, {}, fallback_models=["second-model"]).outcome.code == "invalid_input"
    assert models.requests == []


def test_when_all_fail_the_run_may_be_tried_again_if_one_of_them_may_pass(
    models: OpenAIServer,
) -> None:
    models.script(replies.rate_limited("9"), replies.model_missing("b"), replies.rate_limited("4"))

    ran = run(models, HI, fallback_models=["b", "c"])

    assert (ran.outcome.code, ran.outcome.retry_after_s) == ("rate_limited", 4)
    assert "None of 3 models answered." in ran.error
    assert [log["data"]["model"] for log in ran.context.data_of("log")] == ["m", "b", "c"]


def test_when_no_model_exists_the_failure_is_final(models: OpenAIServer) -> None:
    models.script(replies.model_missing("m"), replies.model_missing("b"))
    ran = run(models, HI, fallback_models=["b"])
    assert ran.outcome.code == "permanent"
    assert "The model m does not exist" in ran.error
    assert "The model b does not exist" in ran.error


def test_a_stream_that_breaks_is_begun_anew_by_the_next_model(models: OpenAIServer) -> None:
    models.script(streams.cut_stream("Half an"), replies.normal("A whole answer"))

    ran = run(models, HI | {"stream": True}, fallback_models=["b"])

    assert ran.output["processed_text"] == "A whole answer"
    assert ran.text == "Half anA whole answer"
    first = ran.context.data_of("log")[0]["message"]
    assert first == "What was streamed so far is void."


# keys


def test_a_name_alone_is_a_model_of_the_same_server_with_the_same_key(
    models: OpenAIServer,
) -> None:
    models.script(replies.server_error())
    run(models, HI, api_key=MODULE_KEY, fallback_models=["b"])
    assert models.authorizations == [f"Bearer {MODULE_KEY}"] * 2


def _fall_to(
    models: OpenAIServer, entry: Any, *, context: RecordingContext | None = None, **config: Any
) -> None:
    models.script(replies.server_error())
    ran = run(models, HI, context=context, fallback_models=[entry], **config)
    assert ran.output["processed_text"] == "Hello!"
    assert PLATFORM_KEY not in str(ran.context.events)
    assert MODULE_KEY not in str(ran.context.events)


def test_a_fallback_at_another_server_never_gets_the_platforms_key(
    models: OpenAIServer, elsewhere: OpenAIServer
) -> None:
    entry = {"model": "b", "base_url": elsewhere.base_url}
    _fall_to(models, entry, context=_platform(models), base_url=None, model=None)
    assert models.authorizations == [f"Bearer {PLATFORM_KEY}"]
    assert elsewhere.authorizations == [None]
    assert PLATFORM_KEY not in str(elsewhere.requests)


def test_a_fallback_at_another_server_never_gets_the_modules_key(
    models: OpenAIServer, elsewhere: OpenAIServer
) -> None:
    _fall_to(models, {"model": "b", "base_url": elsewhere.base_url}, api_key=MODULE_KEY)
    assert MODULE_KEY not in str(elsewhere.requests)


def test_azures_header_holds_to_the_same_rule(
    models: OpenAIServer, elsewhere: OpenAIServer
) -> None:
    entry = {"model": "b", "base_url": elsewhere.azure_url, "provider": "azure"}
    _fall_to(models, entry, context=_platform(models), base_url=None, model=None)
    assert PLATFORM_KEY not in str(elsewhere.requests)


def test_a_fallback_at_another_server_gets_its_own_key(
    models: OpenAIServer, elsewhere: OpenAIServer
) -> None:
    entry = {"model": "b", "base_url": elsewhere.base_url, "api_key": "own-key-1234"}
    _fall_to(models, entry, context=_platform(models), base_url=None, model=None)
    assert elsewhere.authorizations == ["Bearer own-key-1234"]


def test_a_fallback_of_a_module_with_its_own_server_stays_there(
    models: OpenAIServer, elsewhere: OpenAIServer
) -> None:
    _fall_to(models, "b", context=_platform(elsewhere))
    assert models.authorizations == [None, None]
    assert elsewhere.requests == []


def test_a_key_that_would_break_the_header_is_named_by_its_place_and_not_shown(
    models: OpenAIServer,
) -> None:
    ran = run(models, HI, fallback_models=["b", {"model": "c", "api_key": "abc\r\nX-Evil: 1"}])
    assert ran.outcome.code == "invalid_config"
    assert ran.error.startswith("config.fallback_models.1.api_key holds a space")
    assert "Evil" not in ran.error
    assert models.requests == []


# several requests


def test_parts_go_on_with_the_model_that_answered(models: OpenAIServer) -> None:
    models.default = lambda request: (
        replies.server_error() if request.body["model"] == "m" else replies.normal("ok")
    )
    given = {"operation": "summarize", "text": "word " * 600}

    run(models, given, fallback_models=["b"], part_tokens=200, parallel=1)

    assert _asked_models(models).count("m") == 1


def test_vectors_of_two_models_are_never_mixed(models: OpenAIServer) -> None:
    batch = embeddings.embeddings([[0.5]] * 64)
    models.script(replies.server_error(), batch, replies.server_error(), batch)

    ran = run(
        models, {"operation": "embed", "texts": ["t"] * 128}, fallback_models=["b"], part_retries=1
    )

    assert len(ran.output["embeddings"]) == 128
    assert _asked_models(models) == ["m", "b", "b", "b"]
