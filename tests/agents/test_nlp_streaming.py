"""Streamed answers of the NLP agent: token events, the same output, and streams that go wrong."""

import asyncio
import time

import pytest

from agents.chat.token_events import INTERVAL_S, TokenEvents
from agents.testing import OpenAIServer, Reply
from agents.testing import openai_replies as replies
from agents.testing import openai_streams as streams
from tests.agents.nlp_runs import run

STREAM = {"text": "Hi", "stream": True}


def test_the_text_arrives_as_token_events_and_the_output_is_the_same(models: OpenAIServer) -> None:
    models.script(replies.normal("Once upon a time"), replies.normal("Once upon a time"))

    streamed, whole = run(models, STREAM), run(models, {"text": "Hi"})

    assert streamed.text == "Once upon a time"
    assert streamed.output == whole.output
    assert streamed.context.data_of("usage") == whole.context.data_of("usage")
    assert whole.text == ""
    body = models.requests[0].body
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})
    assert "stream" not in models.requests[1].body


def test_the_config_may_ask_for_it_and_the_input_decline(models: OpenAIServer) -> None:
    assert run(models, {"text": "Hi"}, stream=True).text == "Hello!"
    assert run(models, {"text": "Hi", "stream": False}, stream=True).text == ""


def test_a_stream_without_token_counts_is_tolerated(models: OpenAIServer) -> None:
    models.script(streams.stream("a", "b", tokens=None))
    output = run(models, STREAM).output
    assert output["processed_text"] == "ab"
    assert output["usage"] == {"input_tokens": None, "output_tokens": None}


@pytest.mark.parametrize(
    "reply",
    [streams.stream("a", "b", done=False), streams.stream("a", "b", finish_reason=None)],
)
def test_one_sign_of_the_end_is_enough(models: OpenAIServer, reply: Reply) -> None:
    models.script(reply)
    output = run(models, STREAM).output
    assert (output["processed_text"], output["finish_reason"]) == ("ab", "stop")


def test_a_streamed_answer_that_was_cut_at_max_tokens_says_so(models: OpenAIServer) -> None:
    models.script(streams.stream("Once upon", finish_reason="length"))
    assert run(models, STREAM).output["finish_reason"] == "length"


@pytest.mark.parametrize(
    "reply",
    [
        streams.cut_stream("Once ", "upon"),
        streams.stream("Once ", "upon", finish_reason=None, done=False),
        streams.failing_stream("Once ", "upon", code=502),
    ],
)
def test_a_stream_that_is_cut_is_a_passing_failure_and_no_success(
    models: OpenAIServer, reply: Reply
) -> None:
    models.script(reply)

    ran = run(models, STREAM)

    assert (ran.outcome.status, ran.outcome.code) == ("failed", "transient")
    assert ran.text == "Once upon"
    assert [log["message"] for log in ran.context.data_of("log")] == [
        "What was streamed so far is void."
    ]


def test_a_stream_that_falls_silent_is_cut_off(models: OpenAIServer) -> None:
    models.script(streams.hanging_stream("Once"))
    started = time.monotonic()
    assert run(models, STREAM, timeout_s=0.3).outcome.code == "transient"
    assert time.monotonic() - started < 5


def test_a_refusal_in_a_stream_fails_with_its_reason(models: OpenAIServer) -> None:
    models.script(streams.refusing_stream("Not this."))
    ran = run(models, STREAM)
    assert ran.outcome.code == "permanent"
    assert "The model refused to answer: Not this." in ran.error


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"choices": [{"del', "not JSON"),
        (b'{"choices": [{"delta": {"content": 5}}]}', "chunk.choices.0.delta.content"),
        (b"[]", "no part of a chat completion"),
    ],
)
def test_a_garbled_event_is_permanent_and_readable(
    models: OpenAIServer, data: bytes, expected: str
) -> None:
    models.script(streams.garbled_stream(data))
    ran = run(models, STREAM)
    assert ran.outcome.code == "permanent"
    assert expected in ran.error


def test_an_event_without_end_is_not_collected_for_ever(models: OpenAIServer) -> None:
    models.script(streams.garbled_stream(b"x" * (2**20 + 200_000)))
    assert "an event of more than" in run(models, STREAM).error


def test_a_server_that_does_not_stream_is_understood(models: OpenAIServer) -> None:
    reply = replies.normal("All at once")
    models.script(
        Reply(body=reply.body.replace(b"chat.completion", b"chat"), headers=reply.headers)
    )
    ran = run(models, STREAM)
    assert (ran.output["processed_text"], ran.text) == ("All at once", "All at once")


def test_line_breaks_of_every_kind_and_split_characters_stay_whole(models: OpenAIServer) -> None:
    emoji = "\U0001f600"
    first, second = emoji.encode("utf-16", "surrogatepass").decode("utf-16"), "a\u2028b\x85c\r\nd"
    events = list(streams.stream("\ud83d", "\ude00", second).events)
    raw = events[2].decode().replace("\\u2028", "\u2028").replace("\\u0085", "\x85").encode()
    models.script(
        Reply(headers={"Content-Type": "text/event-stream"}, events=(*events[:2], raw, *events[3:]))
    )
    assert run(models, STREAM).output["processed_text"] == first + second


def test_json_answers_are_not_streamed(models: OpenAIServer) -> None:
    models.script(replies.json_answer({"sentiment": "neutral", "score": 0}))
    ran = run(models, {"text": "Hi", "operation": "sentiment", "stream": True})
    assert (ran.output["sentiment"], ran.text) == ("neutral", "")
    assert "stream" not in models.requests[0].body


def test_at_most_about_twenty_events_a_second_are_sent() -> None:
    sent: list[tuple[float, str]] = []

    async def fast() -> float:
        events = TokenEvents(lambda text: sent.append((time.monotonic(), text)))
        started = time.monotonic()
        for _ in range(300):
            events.add("x")
            await asyncio.sleep(0.001)
        assert events.close()
        return time.monotonic() - started

    took = asyncio.run(fast())

    assert "".join(text for _, text in sent) == "x" * 300
    assert len(sent) <= took / INTERVAL_S + 2


def test_what_waits_is_sent_without_another_piece() -> None:
    sent: list[str] = []

    async def paused() -> None:
        events = TokenEvents(sent.append)
        events.add("a")
        events.add("b")
        while len(sent) < 2:
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(paused(), 5))

    assert sent == ["a", "b"]
