"""The NLP agent against a real local server: answers, errors, and where keys may go."""

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from agents.chat import clients
from agents.errors import InvalidConfig, InvalidInput
from agents.nlp import NLPAgent
from agents.outbound import Policy
from agents.outcome import Outcome, run_agent
from agents.testing import OpenAIServer, RecordingContext, Reply
from agents.testing import openai_replies as replies

PLATFORM_KEY = "sk-platform-0123456789abcdef"
MODULE_KEY = "module-key-fedcba9876543210"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def _secrets(server: OpenAIServer, **changed: str) -> dict[str, str]:
    """The platform's settings, pointing at the local server."""
    return {
        "OPENAI_API_KEY": PLATFORM_KEY,
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_MODEL": "platform-model",
    } | changed


def _run(
    input_data: Any,
    *,
    config: Any = None,
    context: RecordingContext | None = None,
    secrets: dict[str, str] | None = None,
) -> Outcome:
    context = context or RecordingContext(secrets=secrets or {})
    return asyncio.run(_execute(input_data, config, context))


async def _execute(input_data: Any, config: Any, context: RecordingContext) -> Outcome:
    body = json.dumps(input_data).encode()
    return await run_agent(NLPAgent, context, config=config or {}, input_json=body)


def _failure(server: OpenAIServer, reply: Reply, **config: Any) -> Outcome:
    """The failed outcome of one run that the server answers with `reply`; holds no key at all."""
    server.script(reply)
    outcome = _run({"text": "hi"}, config=config, secrets=_secrets(server))
    assert outcome.status == "failed", outcome
    assert not any(key in str(asdict(outcome)) for key in (PLATFORM_KEY, MODULE_KEY))
    return outcome


# answers


def test_the_guides_input_gives_processed_text_model_and_usage(server: OpenAIServer) -> None:
    server.script(replies.normal("Bonjour", input_tokens=11, output_tokens=2))
    context = RecordingContext(secrets=_secrets(server))

    outcome = _run({"text": "Hello"}, context=context)

    assert json.loads(outcome.output) == {
        "processed_text": "Bonjour",
        "model": replies.MODEL,
        "finish_reason": "stop",
        "usage": {"input_tokens": 11, "output_tokens": 2},
    }
    assert context.data_of("usage") == [
        {"model": replies.MODEL, "input_tokens": 11, "output_tokens": 2, "cost_usd": None}
    ]
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.body == {
        "model": "platform-model",
        "messages": [{"role": "user", "content": "Hello"}],
    }


def test_the_modules_config_shapes_the_request(server: OpenAIServer) -> None:
    config = {"model": "m", "system_prompt": "Be brief.", "temperature": 0, "max_tokens": 50}

    _run({"text": "Hi"}, config=config, secrets=_secrets(server))

    assert server.requests[0].body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
        ],
        "temperature": 0,
        "max_tokens": 50,
    }


def test_the_input_goes_before_the_config(server: OpenAIServer) -> None:
    config = {"system_prompt": "Be brief.", "temperature": 1, "max_tokens": 50}
    given = {"text": "Hi", "system_prompt": "Be long.", "temperature": 0, "max_tokens": 500}

    _run(given, config=config, secrets=_secrets(server))

    body = server.requests[0].body
    assert body["messages"][0]["content"] == "Be long."
    assert (body["temperature"], body["max_tokens"]) == (0, 500)


def test_a_conversation_is_sent_as_it_is(server: OpenAIServer) -> None:
    messages = [
        {"role": "user", "content": "1+1?"},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": "And 2+2?"},
    ]
    _run({"messages": messages}, secrets=_secrets(server))
    assert server.requests[0].body["messages"] == messages


def test_an_answer_cut_at_max_tokens_says_so(server: OpenAIServer) -> None:
    server.script(replies.cut_off("Once upon a"))
    output = json.loads(_run({"text": "hi"}, secrets=_secrets(server)).output)
    assert (output["processed_text"], output["finish_reason"]) == ("Once upon a", "length")


def test_a_server_that_counts_no_tokens_gives_null_and_no_usage(server: OpenAIServer) -> None:
    server.script(replies.completion({"content": "ok"}, tokens=None))
    context = RecordingContext(secrets=_secrets(server))

    output = json.loads(_run({"text": "hi"}, context=context).output)

    assert output["usage"] == {"input_tokens": None, "output_tokens": None}
    assert context.events == []


def test_a_nul_in_the_answer_does_not_cost_the_answer(server: OpenAIServer) -> None:
    server.script(replies.normal("a\x00b"))
    outcome = _run({"text": "hi"}, secrets=_secrets(server))
    assert json.loads(outcome.output)["processed_text"] == "a\ufffdb"


def test_it_can_be_called_alone_with_plain_dicts(server: OpenAIServer) -> None:
    async def alone(input_data: Any, config: Any) -> Any:
        agent = NLPAgent("org-1", config)
        agent.context = RecordingContext()
        return await agent.execute(input_data)

    config = {"base_url": server.base_url, "model": "m"}
    assert asyncio.run(alone({"text": "hi"}, config))["processed_text"] == "Hello!"
    with pytest.raises(InvalidInput, match="either text or messages"):
        asyncio.run(alone({}, config))
    with pytest.raises(InvalidConfig, match=r"config\.base_url"):
        asyncio.run(alone({"text": "hi"}, {"base_url": "file:///etc/passwd"}))


def test_executions_in_one_process_share_a_connection(server: OpenAIServer) -> None:
    async def three() -> None:
        context = RecordingContext(secrets=_secrets(server))
        for _ in range(3):
            await run_agent(NLPAgent, context, config={}, input_json=b'{"text": "hi"}')

    asyncio.run(three())

    assert (len(server.requests), server.connections) == (3, 1)


def test_organizations_with_the_same_server_and_key_share_no_connection_and_no_cookies(
    server: OpenAIServer,
) -> None:
    server.default = Reply(
        body=replies.normal().body,
        headers={"Content-Type": "application/json", "Set-Cookie": "who=first; Path=/"},
    )
    config = {"base_url": server.base_url, "model": "m", "api_key": MODULE_KEY}

    async def two() -> None:
        for org_id in ("org-1", "org-2"):
            context = RecordingContext(org_id=org_id)
            await run_agent(NLPAgent, context, config=config, input_json=b'{"text": "hi"}')

    asyncio.run(two())

    assert server.connections == 2
    assert not any("cookie" in request.headers for request in server.requests)


def test_connections_are_closed_with_their_loop(
    server: OpenAIServer, recwarn: pytest.WarningsRecorder
) -> None:
    _run({"text": "hi"}, secrets=_secrets(server))
    gc.collect()
    assert not [found for found in recwarn if "nclosed" in str(found.message)]


def test_only_so_many_idle_clients_are_kept(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "KEPT_CLIENTS", 1)

    async def in_turn() -> None:
        for org_id in ("org-1", "org-2", "org-1"):
            config = {"base_url": server.base_url, "model": "m"}
            context = RecordingContext(org_id=org_id)
            await run_agent(NLPAgent, context, config=config, input_json=b'{"text": "hi"}')

    asyncio.run(in_turn())

    assert (len(server.requests), server.connections) == (3, 3)


def test_many_calls_wait_at_once(server: OpenAIServer) -> None:
    async def fifty() -> list[Outcome]:
        context = RecordingContext(secrets=_secrets(server))
        run = [
            run_agent(NLPAgent, context, config={}, input_json=b'{"text": "hi"}') for _ in range(50)
        ]
        return await asyncio.gather(*run)

    assert [outcome.status for outcome in asyncio.run(fifty())] == ["completed"] * 50


# keys


def test_the_platforms_key_goes_to_the_platforms_server(server: OpenAIServer) -> None:
    _run({"text": "hi"}, secrets=_secrets(server))
    assert server.authorizations == [f"Bearer {PLATFORM_KEY}"]


def test_a_modules_own_server_never_gets_the_platforms_key(server: OpenAIServer) -> None:
    with OpenAIServer() as own:
        config = {"base_url": own.base_url, "model": "m"}
        assert _run({"text": "hi"}, config=config, secrets=_secrets(server)).status == "completed"

    assert own.authorizations == [None]
    assert PLATFORM_KEY not in str(own.requests)
    assert server.requests == []


def test_a_modules_own_server_gets_the_modules_key(server: OpenAIServer) -> None:
    with OpenAIServer() as own:
        config = {"base_url": own.base_url, "model": "m", "api_key": MODULE_KEY}
        _run({"text": "hi"}, config=config, secrets=_secrets(server))

    assert own.authorizations == [f"Bearer {MODULE_KEY}"]


@pytest.mark.parametrize("base_url", ["http://127.0.0.1/v1", "http://169.254.169.254/v1"])
def test_a_modules_own_server_must_be_a_public_one(base_url: str) -> None:
    context = RecordingContext(outbound=Policy())

    outcome = _run({"text": "hi"}, config={"base_url": base_url, "model": "m"}, context=context)

    assert (outcome.code, outcome.retryable) == ("outbound_refused", False)
    assert "is not public" in outcome.error


def test_a_name_of_a_private_server_fails_as_if_it_could_not_be_reached() -> None:
    errors = []
    for host in ("localhost", "no-such-host.invalid"):
        context = RecordingContext(outbound=Policy())
        config = {"base_url": f"http://{host}/v1", "model": "m"}
        outcome = _run({"text": "hi"}, config=config, context=context)
        assert (outcome.code, outcome.retryable) == ("transient", True)
        errors.append(outcome.error.replace(host, "HOST"))

    assert errors[0] == errors[1]


def test_the_platforms_own_server_may_be_private(server: OpenAIServer) -> None:
    context = RecordingContext(secrets=_secrets(server), outbound=Policy())
    assert _run({"text": "hi"}, context=context).status == "completed"
    assert _run({"text": "hi"}, context=context, config={"api_key": MODULE_KEY}).output


def test_a_modules_own_key_goes_before_the_platforms(server: OpenAIServer) -> None:
    _run({"text": "hi"}, config={"api_key": MODULE_KEY}, secrets=_secrets(server))
    assert server.authorizations == [f"Bearer {MODULE_KEY}"]


def test_a_redirect_is_not_followed_so_it_cannot_carry_the_key_away(server: OpenAIServer) -> None:
    with OpenAIServer() as elsewhere:
        outcome = _failure(server, Reply(status=307, headers={"Location": elsewhere.base_url}))

    assert outcome.code == "permanent"
    assert "redirects are not followed" in outcome.error
    assert elsewhere.requests == []


def test_nothing_is_taken_from_the_environment(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "from-environment")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    outcome = _run({"text": "hi"}, config={"base_url": server.base_url, "model": "m"})

    assert outcome.status == "completed"
    assert "from-environment" not in str(server.requests[0].headers)


def test_without_any_key_the_run_fails_and_says_what_to_set(server: OpenAIServer) -> None:
    outcome = _run({"text": "hi"}, secrets=_secrets(server, OPENAI_API_KEY=""))

    assert outcome.code == "invalid_config"
    assert "OPENAI_API_KEY" in outcome.error
    assert "api_key in the module's config" in outcome.error
    assert server.requests == []


def test_without_a_model_the_run_fails_and_says_what_to_set(server: OpenAIServer) -> None:
    outcome = _run({"text": "hi"}, secrets=_secrets(server, OPENAI_MODEL=""))
    assert outcome.code == "invalid_config"
    assert "OPENAI_MODEL" in outcome.error

    outcome = _run({"text": "hi"}, config={"base_url": server.base_url}, secrets=_secrets(server))
    assert outcome.code == "invalid_config"
    assert "config.model is missing" in outcome.error


def test_a_key_that_would_break_the_header_is_refused_and_not_shown(server: OpenAIServer) -> None:
    outcome = _run({"text": "hi"}, config={"api_key": "abc\r\nX-Evil: 1"}, secrets=_secrets(server))
    assert outcome.code == "invalid_config"
    assert "config.api_key" in outcome.error
    assert "Evil" not in outcome.error


def test_the_configs_key_is_write_only_in_the_schema_and_hidden_in_a_repr() -> None:
    schema = NLPAgent.Config.model_json_schema()["properties"]["api_key"]
    assert (schema["writeOnly"], schema["format"]) == (True, "password")

    config = NLPAgent.Config.model_validate({"api_key": MODULE_KEY})
    assert MODULE_KEY not in repr(config) + str(config.model_dump()) + config.model_dump_json()


# failures


def test_a_refused_key_is_permanent_and_never_shown(server: OpenAIServer) -> None:
    outcome = _failure(server, replies.unauthorized(PLATFORM_KEY))

    assert (outcome.code, outcome.retryable) == ("permanent", False)
    assert "refused the API key (401); check OPENAI_API_KEY" in outcome.error


def test_a_refused_module_key_names_the_modules_setting(server: OpenAIServer) -> None:
    outcome = _failure(server, replies.error(403, f"No {MODULE_KEY}"), api_key=MODULE_KEY)
    assert "(403); check api_key in the module's config: No …" in outcome.error


def test_a_server_that_wants_a_key_where_none_is_set_says_so(server: OpenAIServer) -> None:
    outcome = _failure(server, replies.unauthorized(), base_url=server.base_url, model="m")
    assert "wants an API key (401); set api_key" in outcome.error


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refused_request_is_permanent_with_the_servers_reason(
    server: OpenAIServer, status: int
) -> None:
    outcome = _failure(server, replies.error(status, f"Bad thing, said {PLATFORM_KEY} sk-abcd123"))

    assert outcome.code == "permanent"
    assert f"({status}): Bad thing, said … …" in outcome.error


@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_a_failing_server_is_transient(server: OpenAIServer, status: int) -> None:
    outcome = _failure(server, replies.server_error(status))
    assert (outcome.code, outcome.retryable) == ("transient", True)
    assert len(server.requests) == 1  # the runner retries, the client does not


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("2", 2), ("0.5", 0.5), ("-1", 0), ("nan", None), ("inf", None), ("soon", None), (None, None)],
)
def test_a_rate_limit_carries_the_seconds_to_wait(
    server: OpenAIServer, header: str | None, seconds: float | None
) -> None:
    outcome = _failure(server, replies.rate_limited(header))
    assert (outcome.code, outcome.retryable) == ("rate_limited", True)
    assert outcome.retry_after_s == seconds


def test_a_rate_limit_may_name_a_date(server: OpenAIServer) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    retry_after_s = _failure(server, replies.rate_limited(at)).retry_after_s
    assert retry_after_s is not None
    assert 50 < retry_after_s <= 60


def test_a_used_up_quota_is_permanent(server: OpenAIServer) -> None:
    outcome = _failure(server, replies.out_of_quota())
    assert (outcome.code, outcome.retryable) == ("permanent", False)
    assert "quota" in outcome.error


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (replies.malformed(), "something that is not JSON"),
        (replies.web_page(), "check that base_url is the API's address"),
        (Reply(), "something that is not JSON"),
        (replies.wrong_shape(), "reply.choices.0.message.content"),
        (replies.no_choices(), "reply.choices"),
        (replies.as_json([1]), "no chat completion"),
        (replies.as_json({"error": {"message": "upstream is gone"}}), "upstream is gone"),
        (replies.completion({"content": None}), "without any text"),
        (Reply(body=b" " * (8 * 2**20 + 1)), "longer than 8,388,608 bytes"),
        (Reply(status=400, body=b" " * (8 * 2**20 + 1)), "longer than 8,388,608 bytes"),
        (Reply(body=b"x", headers={"Content-Encoding": "gzip"}), "compressed"),
    ],
)
def test_an_unusable_reply_is_permanent_and_readable(
    server: OpenAIServer, reply: Reply, expected: str
) -> None:
    outcome = _failure(server, reply)
    assert outcome.code == "permanent"
    assert expected in outcome.error


def test_a_page_of_another_service_is_not_shown(server: OpenAIServer) -> None:
    outcome = _failure(server, Reply(status=404, body=b"root:x:0:0"))
    assert outcome.error.endswith("refused the request (404).")


@pytest.mark.parametrize(
    "reply", [replies.refusal("I would rather not."), replies.content_filter()]
)
def test_a_refusal_fails_and_its_tokens_are_still_counted(
    server: OpenAIServer, reply: Reply
) -> None:
    server.script(reply)
    context = RecordingContext(secrets=_secrets(server))

    outcome = _run({"text": "hi"}, context=context)

    assert outcome.code == "permanent"
    assert "The model refused to answer" in outcome.error
    assert len(context.data_of("usage")) == 1


@pytest.mark.parametrize("reply", [replies.hang(), Reply(body=replies.normal().body, drip_s=0.01)])
def test_a_server_that_hangs_or_drips_is_cut_off_in_time(
    server: OpenAIServer, reply: Reply
) -> None:
    started = time.monotonic()
    outcome = _failure(server, reply, timeout_s=0.2)
    assert (outcome.code, outcome.retryable) == ("transient", True)
    assert time.monotonic() - started < 2


def test_the_runs_deadline_goes_before_the_modules_timeout(server: OpenAIServer) -> None:
    server.script(replies.hang())
    context = RecordingContext(secrets=_secrets(server), deadline_s=time.monotonic() + 0.2)

    outcome = _run({"text": "hi"}, config={"timeout_s": 60}, context=context)

    assert outcome.code == "transient"


def test_a_run_whose_time_is_up_asks_nobody(server: OpenAIServer) -> None:
    context = RecordingContext(secrets=_secrets(server), deadline_s=time.monotonic())
    assert _run({"text": "hi"}, context=context).code == "transient"
    assert server.requests == []


def test_a_cancelled_run_ends_at_once(server: OpenAIServer) -> None:
    server.script(replies.hang())

    async def cancelled() -> Outcome:
        context = RecordingContext(secrets=_secrets(server))
        run = asyncio.create_task(_execute({"text": "hi"}, {}, context))
        while not server.requests:
            await asyncio.sleep(0.005)
        run.cancel()
        return await run

    assert asyncio.run(asyncio.wait_for(cancelled(), 5)).status == "cancelled"


def test_a_closed_port_and_a_silent_one_read_the_same(server: OpenAIServer) -> None:
    server.script(replies.hang())
    silent = _run(
        {"text": "hi"}, config={"base_url": server.base_url, "model": "m", "timeout_s": 0.2}
    )
    with OpenAIServer() as gone:
        closed_url = gone.base_url
    closed = _run({"text": "hi"}, config={"base_url": closed_url, "model": "m"})

    assert (closed.code, closed.retryable) == ("transient", True)
    assert _without_port(closed.error) == _without_port(silent.error)


def _without_port(text: str) -> str:
    return "".join(character for character in text if not character.isdigit())


# refusals before anything is sent


@pytest.mark.parametrize(
    ("input_data", "expected"),
    [
        ({}, "Expected either text or messages"),
        ({"text": "a", "messages": [{"role": "user", "content": "b"}]}, "either text or messages"),
        ({"text": "  "}, "text is empty"),
        ({"text": 5}, "input_data.text"),
        ({"messages": []}, "input_data.messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "input_data.messages.0.role"),
        ({"text": "a", "temperature": 3}, "input_data.temperature"),
        ({"text": "a", "max_tokens": 0}, "input_data.max_tokens"),
    ],
)
def test_unusable_input_is_refused_with_its_path(
    server: OpenAIServer, input_data: Any, expected: str
) -> None:
    outcome = _run(input_data, secrets=_secrets(server))
    assert outcome.code == "invalid_input"
    assert expected in outcome.error
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    ["ftp://x/v1", "x", "http://", "http://user:pw@host/v1", "http://[::1", "http://h/?k=v", "/v1"],
)
def test_a_base_url_that_is_no_plain_web_address_is_refused_and_not_shown(url: str) -> None:
    outcome = _run({"text": "hi"}, config={"base_url": url, "model": "m"})
    assert outcome.code == "invalid_config"
    assert "config.base_url: Expected an http" in outcome.error
    assert "pw" not in outcome.error


def test_the_module_imports_without_openai_and_preload_brings_it() -> None:
    code = (
        "import sys, agents.nlp as n; assert not {'openai', 'aiohttp'} & set(sys.modules);"
        "n.NLPAgent.Config.model_json_schema(); n.NLPAgent.preload();"
        "assert {'openai', 'aiohttp'} <= set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
