"""Long texts and many texts: parts, order, progress, and failures of one part among many."""

import asyncio
import re
import threading
import time
from typing import Any

import pytest

from agents.testing import OpenAIServer, RecordingContext, Reply
from agents.testing import openai_embeddings as embeddings
from agents.testing import openai_replies as replies
from agents.testing.openai_server import ReceivedRequest
from tests.agents.nlp_runs import Ran, arun, asked, prompt, run

WORDS = " ".join(f"word{number}" for number in range(400))
SENTENCES = "".join(f"Sentence number {number}. " for number in range(120))


def _inner(request: ReceivedRequest) -> str:
    return asked(request).removeprefix("<text>\n").removesuffix("\n</text>")


def _echo(request: ReceivedRequest) -> Reply:
    """The text itself, as the answer."""
    return replies.normal(_inner(request))


def _summarize(server: OpenAIServer, text: str = WORDS, **config: Any) -> Ran:
    return run(server, {"operation": "summarize", "text": text}, **{"part_tokens": 200} | config)


def _translate(server: OpenAIServer, text: str = SENTENCES, **config: Any) -> Ran:
    given = {"operation": "translate", "text": text, "target_language": "French"}
    return run(server, given, **{"part_tokens": 100} | config)


# summarize


def test_a_short_text_is_one_question(models: OpenAIServer) -> None:
    ran = run(
        models, {"operation": "summarize", "text": "Hi", "length": "short", "language": "German"}
    )
    assert ran.output["parts"] == 1
    assert ran.messages == []
    assert "in two or three sentences" in prompt(models.requests[0])
    assert "Write in German." in prompt(models.requests[0])


def test_a_long_text_is_summarized_in_parts_and_then_as_a_whole(models: OpenAIServer) -> None:
    def answer(request: ReceivedRequest) -> Reply:
        number = re.search(r"part (\d+) of", prompt(request))
        return replies.normal(f"S{number[1]}" if number else "The whole.")

    models.default = answer

    ran = _summarize(models)

    parts = ran.output["parts"]
    assert ran.output["processed_text"] == "The whole."
    assert _inner(models.requests[-1]) == "\n\n".join(f"S{n + 1}" for n in range(parts))
    assert sorted(ran.messages[:-1]) == sorted(f"Part {n + 1} of {parts}" for n in range(parts))
    fractions = [event["fraction"] for event in ran.context.data_of("progress")]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_summaries_that_are_too_long_together_are_joined_in_rounds(models: OpenAIServer) -> None:
    long = "s" * 400  # a hundred tokens: two fit a part
    models.default = lambda request: replies.normal(long)

    ran = _summarize(models)

    rounds = [m for m in ran.messages if m.startswith("Joined")]
    assert ran.output["processed_text"] == long
    assert rounds[-1] == "Joined summary 1 of 1"
    assert len(rounds) > 3
    assert len(models.requests) < 3 * ran.output["parts"]


def test_only_the_last_answer_is_streamed(models: OpenAIServer) -> None:
    ran = _summarize(models, stream=True)
    assert ran.text == "Hello!"
    assert [request.body.get("stream", False) for request in models.requests].count(True) == 1


def test_a_cut_part_makes_the_whole_cut(models: OpenAIServer) -> None:
    models.script(replies.cut_off("Half"))
    assert _summarize(models).output["finish_reason"] == "length"


def test_a_text_of_too_many_parts_is_refused_before_anything_is_paid(models: OpenAIServer) -> None:
    ran = _summarize(models, "word " * 100_000, part_tokens=100)
    assert ran.outcome.code == "invalid_input"
    assert "input_data.text has 500,000 characters" in ran.error
    assert models.requests == []


# translate


def test_a_translation_keeps_order_and_the_white_space_between_parts(models: OpenAIServer) -> None:
    models.default = _echo
    text = f"  {SENTENCES}\n\n\n{SENTENCES}\n"

    ran = _translate(models, text)

    assert ran.output["parts"] > 5
    assert ran.output["processed_text"] == text
    assert len(ran.messages) == ran.output["parts"]


def test_languages_are_named_in_the_prompt(models: OpenAIServer) -> None:
    run(
        models, {"operation": "translate", "text": "Hi"},
        target_language="pt-BR", source_language="English",
    )  # fmt: skip
    assert "Translate the text from English into pt-BR." in prompt(models.requests[0])


def test_only_so_many_parts_are_asked_at_once(models: OpenAIServer) -> None:
    running, most, lock = 0, 0, threading.Lock()
    two = threading.Barrier(2, timeout=10)

    def answer(request: ReceivedRequest) -> Reply:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        if len(models.requests) <= 2:
            two.wait()
        with lock:
            running -= 1
        return _echo(request)

    models.default = answer

    ran = _translate(models, parallel=2)

    assert ran.output["processed_text"] == SENTENCES
    assert most == 2


# failures of one part


def test_one_part_that_fails_in_passing_is_asked_again_alone(models: OpenAIServer) -> None:
    models.default = _echo
    models.script(replies.server_error(), replies.rate_limited("0"))

    ran = _translate(models)

    assert ran.output["processed_text"] == SENTENCES
    assert len(models.requests) == ran.output["parts"] + 2
    assert [log["level"] for log in ran.context.data_of("log")] == ["warning"] * 2


def test_retry_after_is_waited_for(models: OpenAIServer) -> None:
    models.default = _echo
    models.script(replies.rate_limited("0.6"))
    started = time.monotonic()

    ran = _translate(models, parallel=1)

    assert ran.output["processed_text"] == SENTENCES
    assert time.monotonic() - started >= 0.6
    assert "tried again in 0.6 s" in ran.context.data_of("log")[0]["message"]


def test_a_wait_beyond_the_runs_deadline_is_left_to_the_runner(models: OpenAIServer) -> None:
    models.default = _echo
    models.script(replies.rate_limited("60"))
    context = RecordingContext(deadline_s=time.monotonic() + 30)
    started = time.monotonic()

    ran = run(
        models, {"operation": "translate", "text": SENTENCES, "target_language": "French"},
        context=context, part_tokens=100,
    )  # fmt: skip

    assert (ran.outcome.code, ran.outcome.retry_after_s) == ("rate_limited", 60)
    assert time.monotonic() - started < 20


def test_tries_of_a_part_are_bounded(models: OpenAIServer) -> None:
    models.default = replies.rate_limited("0")
    ran = _translate(models, part_retries=2, parallel=1)
    assert ran.outcome.code == "rate_limited"
    assert len(models.requests) == 3


def test_a_part_that_is_refused_ends_all(models: OpenAIServer) -> None:
    models.default = replies.refusal()
    ran = _translate(models, parallel=1)
    assert "The model refused to answer" in ran.error
    assert len(models.requests) == 1


def test_a_run_that_is_cancelled_amid_its_parts_hangs_up_on_all_of_them(
    models: OpenAIServer,
) -> None:
    models.default = replies.hang()
    given = {"operation": "translate", "text": SENTENCES, "target_language": "French"}

    async def cancelled() -> Ran:
        task = asyncio.create_task(arun(models, given, part_tokens=100, parallel=3))
        while len(models.requests) < 3:
            await asyncio.sleep(0.005)
        task.cancel()
        ran = await task
        while models.hung_up < 3:
            await asyncio.sleep(0.005)
        return ran

    assert asyncio.run(asyncio.wait_for(cancelled(), 10)).outcome.status == "cancelled"
    assert len(models.requests) == 3


# embed


def test_texts_become_vectors_in_their_order_in_bounded_batches(models: OpenAIServer) -> None:
    texts = [f"text {number}" for number in range(150)]

    ran = run(models, {"operation": "embed", "texts": texts, "dimensions": 4})

    assert ran.output["embeddings"] == [embeddings.vector_of(text, 4) for text in texts]
    assert (ran.output["dimensions"], ran.output["usage"]["input_tokens"]) == (4, 150)
    assert sorted(len(request.body["input"]) for request in models.requests) == [22, 64, 64]
    assert sorted(ran.messages) == ["Batch 1 of 3", "Batch 2 of 3", "Batch 3 of 3"]
    assert models.requests[0].path == "/v1/embeddings"
    assert models.requests[0].body["dimensions"] == 4


def test_batches_are_bounded_in_tokens_too(models: OpenAIServer) -> None:
    run(models, {"operation": "embed", "texts": ["word " * 15_000] * 8})
    assert max(len(request.body["input"]) for request in models.requests) < 8


def test_one_text_is_one_vector_and_no_dimensions_are_asked_for(models: OpenAIServer) -> None:
    output = run(models, {"operation": "embed", "text": "Hi"}).output
    assert output["embeddings"] == [embeddings.vector_of("Hi")]
    assert "dimensions" not in models.requests[0].body


def test_vectors_are_put_in_order_by_their_index(models: OpenAIServer) -> None:
    models.script(embeddings.embeddings([[0.1], [0.2]], reverse=True))
    ran = run(models, {"operation": "embed", "texts": ["a", "b"]})
    assert ran.output["embeddings"] == [[0.1], [0.2]]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (embeddings.embeddings([[0.1]]), "1 embeddings for 2 texts"),
        (embeddings.embeddings([[0.1], [0.1, 0.2]]), "of different lengths"),
        (replies.as_json({"data": [{"index": 0, "embedding": ["x"]}]}), "reply.data.0.embedding"),
        (replies.as_json({"data": [{"index": 0, "embedding": []}]}), "reply.data.0.embedding"),
        (Reply(body=b'{"data": [{"index": 0, "embedding": [1e999]}]}'), "reply.data.0.embedding"),
        (replies.as_json({"error": {"message": "no such thing"}}), "no such thing"),
    ],
)
def test_unusable_vectors_are_a_readable_failure(
    models: OpenAIServer, reply: Reply, expected: str
) -> None:
    models.script(reply)
    ran = run(models, {"operation": "embed", "texts": ["a", "b"]})
    assert ran.outcome.code == "permanent"
    assert expected in ran.error


def test_more_numbers_than_a_run_returns_are_refused_after_the_first_batch(
    models: OpenAIServer,
) -> None:
    given = {"operation": "embed", "texts": ["a"] * 2000, "dimensions": 1024}
    ran = run(models, given)
    assert "2,000 vectors of 1,024 numbers" in ran.error
    assert len(models.requests) == 1


def test_embed_needs_a_model_of_its_own(models: OpenAIServer) -> None:
    ran = run(models, {"operation": "embed", "text": "Hi"}, model=None)
    assert ran.outcome.code == "invalid_config"
    assert "config.model is missing: embed needs an embedding model" in ran.error


def test_a_failing_batch_is_asked_again_alone(models: OpenAIServer) -> None:
    models.script(embeddings.embeddings([[0.5] * 8] * 64), replies.rate_limited("0"))
    ran = run(models, {"operation": "embed", "texts": ["a"] * 100})
    assert len(ran.output["embeddings"]) == 100
    assert len(models.requests) == 3
