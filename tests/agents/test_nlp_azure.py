"""Providers of the NLP agent: how Azure, OpenAI and compatible servers are asked."""

from typing import Any

import pytest

from agents.chat.endpoint import AZURE_API_VERSION, Endpoint, Place, choose_endpoint
from agents.outbound.policy import Policy
from agents.testing import OpenAIServer
from agents.testing.openai_server import ReceivedRequest
from tests.agents.nlp_runs import run

KEY = "azure-key-0123456789abcdef"


def _request(server: OpenAIServer, given: Any = None, **config: Any) -> ReceivedRequest:
    assert run(server, given or {"text": "Hi"}, max_tokens=9, api_key=KEY, **config).output
    return server.requests[-1]


def test_azure_gets_the_deployment_in_the_path_its_version_and_its_own_header(
    models: OpenAIServer,
) -> None:
    request = _request(
        models,
        base_url=models.azure_url,
        provider="azure",
        model="my gpt",
        api_version="2025-01-01",
    )

    assert request.path == "/openai/deployments/my%20gpt/chat/completions"
    assert request.query == {"api-version": "2025-01-01"}
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers
    assert request.body["max_completion_tokens"] == 9


@pytest.mark.parametrize("end", ["/", "/openai", "/openai/deployments/m"])
def test_azures_address_may_be_written_in_several_ways(models: OpenAIServer, end: str) -> None:
    request = _request(models, base_url=models.azure_url + end, provider="azure")
    assert request.path == "/openai/deployments/m/chat/completions"
    assert request.query == {"api-version": AZURE_API_VERSION}


def test_azures_newer_address_has_neither_deployment_nor_version(models: OpenAIServer) -> None:
    base_url = f"{models.azure_url}/openai/v1"
    request = _request(models, base_url=base_url, provider="azure", model="my-gpt")
    assert (request.path, request.query) == ("/openai/v1/chat/completions", {})
    assert request.headers["api-key"] == KEY
    assert request.body["model"] == "my-gpt"


def test_azure_embeds_and_streams_in_the_same_way(models: OpenAIServer) -> None:
    azure = {"base_url": models.azure_url, "provider": "azure"}
    assert _request(models, {"operation": "embed", "text": "Hi"}, **azure).path.endswith(
        "/openai/deployments/m/embeddings"
    )
    assert _request(models, {"text": "Hi", "stream": True}, **azure).headers["api-key"] == KEY


@pytest.mark.parametrize(
    ("provider", "name"),
    [("compatible", "max_tokens"), (None, "max_tokens"), ("openai", "max_completion_tokens")],
)
def test_the_limit_of_tokens_is_named_as_the_server_knows_it(
    models: OpenAIServer, provider: str | None, name: str
) -> None:
    request = _request(models, provider=provider)
    assert request.body[name] == 9
    assert request.headers["authorization"] == f"Bearer {KEY}"


def _chosen(base_url: str, model: str = "m") -> Endpoint:
    return choose_endpoint(
        Place(base_url=base_url, model=model), org_id="org-1", secrets={}, outbound=Policy()
    )


@pytest.mark.parametrize(
    ("base_url", "provider"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://acme.openai.azure.com", "azure"),
        ("https://acme.openai.azure.com/openai/v1", "azure"),
        ("https://api.openai.com.evil.example/v1", "compatible"),
        ("https://openai.azure.com.evil.example/v1", "compatible"),
        ("http://localhost:11434/v1", "compatible"),
    ],
)
def test_the_address_tells_the_provider(base_url: str, provider: str) -> None:
    assert _chosen(base_url).provider == provider


def test_the_platforms_own_azure_needs_no_word_in_the_module() -> None:
    secrets = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://acme.openai.azure.com"}
    endpoint = choose_endpoint(Place(model="m"), org_id="org-1", secrets=secrets, outbound=Policy())
    assert endpoint.base_url == "https://acme.openai.azure.com/openai/deployments/m"
    assert (endpoint.owner, endpoint.key) == ("", KEY)


def test_a_deployment_cannot_leave_its_place_in_the_path(models: OpenAIServer) -> None:
    azure = {"base_url": models.azure_url, "provider": "azure"}
    assert _request(models, model="../../x", **azure).path == (
        "/openai/deployments/..%2F..%2Fx/chat/completions"
    )
    assert "no name of a deployment" in run(models, {"text": "Hi"}, model="..", **azure).error
