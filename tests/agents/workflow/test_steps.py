"""What steps do outside: requests to a real server, webhooks, the organization's data module."""

import asyncio
import json
import time
from typing import Any

import pytest

from agents import RateLimited
from agents.automation import AutomationAgent
from agents.outcome import Outcome, run_agent
from agents.testing import RecordingContext
from tests.http_server import Answer, HttpServer, Received


def run(*steps: dict[str, Any], modules: Any = None) -> tuple[Outcome, RecordingContext]:
    context = RecordingContext(modules=modules or {})
    config = {"steps": list(steps)}
    ended = asyncio.run(run_agent(AutomationAgent, context, config=config, input_json=b"{}"))
    return ended, context


def request(url: str, **given: Any) -> dict[str, Any]:
    fields = {key: given.pop(key) for key in ("retry", "idempotency") if key in given}
    return {"id": "get", "uses": "http", "with": {"url": url, **given}, **fields}


def test_an_answer_is_data() -> None:
    with HttpServer(lambda _: Answer(201, {"n": [1]}, {"X-Say": "hi"})) as server:
        ended, _ = run(
            request(
                f"{server.url}/a?x=1#f", method="POST", query={"q": "a&b", "n": 2, "on": True},
                json={"body": 1}, headers={"X-Mine": "m"},
            )
        )  # fmt: skip
    output = json.loads(ended.output)["get"]
    assert (output["status"], output["body"], output["headers"]["x-say"]) == (201, {"n": [1]}, "hi")
    [received] = server.received
    assert received.path == "/a?x=1&q=a%26b&n=2&on=true"
    assert (received.json(), received.headers["x-mine"]) == ({"body": 1}, "m")
    assert received.headers["idempotency-key"] == "execution-1/get"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"idempotency": "none"}, None),
        ({"headers": {"idempotency-key": "my own"}}, "my own"),
        ({}, "execution-1/get"),
    ],
)
def test_the_key_is_the_same_each_time_unless_the_author_says_otherwise(
    fields: dict[str, Any], key: str | None
) -> None:
    failing = iter([503, 500, 200])
    retry = {"attempts": 3, "delay_s": 0}
    with HttpServer(lambda _: Answer(next(failing), {})) as server:
        ended, _ = run(request(server.url, method="PUT", retry=retry, **fields))
    assert ended.status == "completed"
    assert [r.headers.get("idempotency-key") for r in server.received] == [key] * 3


@pytest.mark.parametrize(
    ("status", "calls"), [(500, 2), (503, 2), (429, 2), (404, 1), (401, 1), (302, 1)]
)
def test_failures_are_tried_again_by_their_class(status: int, calls: int) -> None:
    with HttpServer(lambda _: Answer(status, {"why": "so"})) as server:
        ended, _ = run(request(server.url, retry={"attempts": 2, "delay_s": 0}))
    assert ended.error == f"The step 'get' failed: The server answered {status}: " + '{"why": "so"}'
    assert len(server.received) == calls


def test_a_status_that_is_accepted_is_no_failure() -> None:
    with HttpServer(lambda _: Answer(404)) as server:
        ended, _ = run(request(server.url, accept=[404]))
    assert json.loads(ended.output)["get"]["status"] == 404


def test_a_pause_that_the_server_asks_for_is_given_or_too_long() -> None:
    def answer(request: Received) -> Answer:
        return Answer(429, {}, {"Retry-After": "3600"})

    with HttpServer(answer) as server:
        ended, _ = run(request(server.url, retry={"attempts": 3, "delay_s": 0, "max_delay_s": 5}))
    assert ended.status == "failed"
    assert len(server.received) == 1


def test_a_notification_goes_to_its_webhook_or_to_the_log() -> None:
    told = {"message": "Done.", "data": {"n": 1}}
    with HttpServer(lambda _: Answer(204)) as server:
        hook = {"id": "tell", "uses": "notify", "with": {**told, "url": server.url}}
        log = {"id": "log", "uses": "notify", "with": {**told, "level": "warning"}}
        ended, context = run(hook, log)
    assert json.loads(ended.output) == {"tell": {"status": 204}, "log": {"status": None}}
    [received] = server.received
    assert received.json() == {
        **told, "step": "tell", "execution_id": "execution-1", "org_id": "org-1",
    }  # fmt: skip
    [line] = context.data_of("log")
    assert (line["message"], line["level"]) == ("Done.", "warning")


def test_a_request_to_where_agents_may_not_go_is_refused_and_not_tried_again() -> None:
    started = time.monotonic()
    ended, _ = run(request("http://169.254.169.254/", retry={"attempts": 3, "delay_s": 30}))
    assert ended.error.startswith("The step 'get' failed: ")
    assert time.monotonic() - started < 10


DATA = {"id": "d", "uses": "data", "with": {"operation": "summary", "records": [{"a": 1}]}}


@pytest.mark.parametrize("name", ["data", "data_processor", "agents.data_processor"])
def test_data_runs_in_the_data_module_whatever_name_it_has(name: str) -> None:
    ended, context = run(DATA, modules={name: {"rows": 1}})
    assert json.loads(ended.output) == {"d": {"rows": 1}}
    assert context.calls[-1] == (name, {"operation": "summary", "records": [{"a": 1}]})


def test_data_says_when_there_is_no_data_module() -> None:
    ended, _ = run(DATA)
    assert "This organization has no data module" in ended.error


def test_data_does_not_look_further_when_its_module_fails() -> None:
    modules = {"data": RateLimited("Later."), "data_processor": 1}
    ended, context = run(DATA, modules=modules)
    assert ended.error == "The step 'd' failed: Later."
    assert len(context.calls) == 1
