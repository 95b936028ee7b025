"""A language model that reads contracts: real HTTP, its answers are written here, and it takes its
time where the story needs to look at a run meanwhile."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from agents.testing import openai_replies, openai_streams
from agents.testing.openai_replies import Reply
from agents.testing.openai_server import OpenAIServer, ReceivedRequest

MODEL = "gpt-4o-mini"
SUMMARY = (
    "Brenner Dairy delivers milk, cream and butter every weekday before six. ",
    "Prices hold until December and follow the milk index afterwards. ",
    "Either side may end the contract with three months' notice.",
)
_LONGEST_S = 100


class Gate(threading.Event):
    """busy: the model answers that it has no time."""

    def __init__(self, *, busy: bool = False) -> None:
        super().__init__()
        self.busy = busy


class SlowModel:
    """Each question waits for the next gate to open; without any it is answered at once."""

    def __init__(self) -> None:
        self._ahead: deque[Gate] = deque()
        self._all: list[Gate] = []

    def gate(self, *, busy: bool = False) -> Gate:
        """Before the next question that has none yet."""
        gate = Gate(busy=busy)
        self._ahead.append(gate)
        self._all.append(gate)
        return gate

    @contextmanager
    def at(self, server: OpenAIServer) -> Iterator[None]:
        before, server.default = server.default, self._answer
        try:
            yield
        finally:
            server.default = before
            for gate in self._all:
                gate.set()

    def _answer(self, request: ReceivedRequest) -> Reply:
        if self._ahead:
            gate = self._ahead.popleft()
            gate.wait(_LONGEST_S)
            if gate.busy:
                return openai_replies.server_error(503)
        said: Any = request.body
        tokens = (len(str(said["messages"])) // 4, 61)
        if said.get("stream"):
            return _named(openai_streams.stream(*SUMMARY, tokens=tokens))
        return _named(openai_replies.completion({"content": SUMMARY[1]}, tokens=tokens))


def _named(reply: Reply) -> Reply:
    """As if a model that has a price had answered."""
    ours, theirs = openai_replies.MODEL.encode(), MODEL.encode()
    events = tuple(event.replace(ours, theirs) for event in reply.events)
    return replace(reply, body=reply.body.replace(ours, theirs), events=events)
