"""For the tests of agents, here and in packages of others: nothing in this folder runs in
production.

`OpenAIServer` is a real HTTP server that answers as scripted (with values of `openai_replies`,
`openai_streams` and `openai_embeddings`), `RecordingContext` an execution's context that keeps the
events, so that an agent is tested without mocks.
"""

from agents.testing.context import Event, RecordingContext
from agents.testing.openai_replies import Reply
from agents.testing.openai_server import OpenAIServer, ReceivedRequest

__all__ = ["Event", "OpenAIServer", "ReceivedRequest", "RecordingContext", "Reply"]
