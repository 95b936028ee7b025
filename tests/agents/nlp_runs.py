"""Runs of the NLP agent against a local server, as its tests make them."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from agents.nlp import NLPAgent
from agents.outcome import Outcome, run_agent
from agents.testing import OpenAIServer, RecordingContext
from agents.testing.openai_server import ReceivedRequest

FIELDS = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": ["integer", "null"]}},
    "required": ["name", "age"],
    "additionalProperties": False,
}

# What each operation needs beside a text, and an answer that it can use.
OPERATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "complete": ({}, "Hello!"),
    "summarize": ({}, "In short."),
    "classify": ({"labels": ["spam", "ham"]}, '{"label": "ham"}'),
    "extract": ({"schema": FIELDS}, '{"name": "Ada", "age": 36}'),
    "sentiment": ({}, '{"sentiment": "positive", "score": 0.5}'),
    "translate": ({"target_language": "French"}, "Bonjour"),
    "embed": ({}, ""),
}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run's outcome, and what it reported."""

    outcome: Outcome
    context: RecordingContext

    @property
    def output(self) -> Any:
        """Of a run that completed."""
        assert self.outcome.status == "completed", self.outcome
        return json.loads(self.outcome.output)

    @property
    def error(self) -> str:
        """Of a run that failed."""
        assert self.outcome.status == "failed", self.outcome
        return self.outcome.error

    @property
    def messages(self) -> list[str]:
        """Of its progress events."""
        return [event["message"] for event in self.context.data_of("progress")]

    @property
    def text(self) -> str:
        """Of its token events, together."""
        return "".join(event["text"] for event in self.context.data_of("token"))


def run(
    server: OpenAIServer, given: Any, *, context: RecordingContext | None = None, **config: Any
) -> Ran:
    """One run, by default at the server as the module's own."""
    return asyncio.run(arun(server, given, context=context, **config))


async def arun(
    server: OpenAIServer, given: Any, *, context: RecordingContext | None = None, **config: Any
) -> Ran:
    """The same, for tests that do something meanwhile."""
    context = context or RecordingContext()
    config = {"base_url": server.base_url, "model": "m"} | config
    outcome = await run_agent(
        NLPAgent, context, config=config, input_json=json.dumps(given).encode()
    )
    return Ran(outcome=outcome, context=context)


def operation_input(operation: str, **more: Any) -> dict[str, Any]:
    """A short input that the operation accepts."""
    return {"operation": operation, "text": "Hi", **OPERATIONS[operation][0], **more}


def prompt(request: ReceivedRequest) -> str:
    """The system message of a request."""
    return next(m["content"] for m in request.body["messages"] if m["role"] == "system")


def asked(request: ReceivedRequest) -> str:
    """The last message of a request."""
    return str(request.body["messages"][-1]["content"])
