"""For the tests of agents, here and in packages of others: nothing in this folder runs in
production.

`run` runs an agent as a host does, from JSON to JSON. `RecordingContext` is an execution's context
that keeps the events, `RecordingGateway` the platform's API, `OpenAIServer` a real HTTP server that
answers as scripted (with values of `openai_replies`, `openai_streams` and `openai_embeddings`), so
that an agent is tested without mocks. Importing it needs no test framework.
"""

from agents.testing.context import Event, RecordingContext
from agents.testing.gateway import RecordingGateway
from agents.testing.openai_replies import Reply
from agents.testing.openai_server import OpenAIServer, ReceivedRequest
from agents.testing.running import run

__all__ = [
    "Event", "OpenAIServer", "ReceivedRequest", "RecordingContext", "RecordingGateway", "Reply",
    "run",
]  # fmt: skip
