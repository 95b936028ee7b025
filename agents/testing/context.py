"""An `AgentContext` that keeps what its agent emitted and called. For tests of agents."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.base import AgentContext, Usage
from agents.checkpoints import FinishedStep, finished_step
from agents.encoding import to_json
from agents.errors import ModuleCallRefused
from agents.outbound.policy import Policy

_LOOPBACK = Policy(allow=("127.0.0.0/8", "::1"))


@dataclass(frozen=True)
class Event:
    """kind is log, progress, token, usage or step; data as `AgentContext` documents it."""

    kind: str
    data: dict[str, Any]


@dataclass(kw_only=True)
class RecordingContext(AgentContext):
    """Takes what AgentContext takes, and appends every event to `events`:

    context = RecordingContext(modules={"translate": {"text": "Hallo"}})
    outcome = run(Greeter, {"name": "Ann"}, context=context)
    assert context.messages == ["greeting Ann"]

    modules says what calls of other modules give: an output, a function of the input, or an error
    to raise. calls keeps them: [(module, input)]. Servers on loopback may be reached.

    gateway is a `RecordingGateway`: what the platform's API answers, and what it was asked.

    checkpoints keeps the steps that were told, as `finished_steps` takes them for the attempt that
    follows; asked keeps the approvals that were asked for: {step: {title, message, expires_s}}.
    """

    execution_id: str = "execution-1"
    org_id: str = "org-1"
    module_id: str = "module-1"
    outbound: Policy = _LOOPBACK
    events: list[Event] = field(default_factory=list)
    modules: Mapping[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    checkpoints: dict[tuple[str, int], FinishedStep] = field(default_factory=dict)
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take the place of any emit, caller and keep that were given."""
        self.emit = lambda kind, data: self.events.append(Event(kind, data))
        self.caller = self._fake
        self.keep = self._keep

    def _keep(self, kind: str, header: dict[str, Any], body: bytes) -> None:
        step = header.pop("step")
        if kind == "checkpoint":
            self.checkpoints[step, header["index"]] = finished_step(header, body)
        else:
            self.asked[step] = header

    async def _fake(self, module: str, body: bytes, timeout_s: float | None) -> bytes:
        self.calls.append((module, json.loads(body)))
        if module not in self.modules:
            raise ModuleCallRefused(
                f"The module {module!r} is not among this context's modules.",
                reason="module_not_found",
            )
        reply = self.modules[module]
        if isinstance(reply, Exception):
            raise reply
        return to_json(reply(json.loads(body)) if callable(reply) else reply).encode()

    def data_of(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of one kind, in order."""
        return [event.data for event in self.events if event.kind == kind]

    @property
    def messages(self) -> list[str]:
        """What was logged, without levels and data."""
        return [data["message"] for data in self.data_of("log")]

    @property
    def fractions(self) -> list[float]:
        """The progress that was reported, each 0.0 to 1.0."""
        return [data["fraction"] for data in self.data_of("progress")]

    @property
    def usages(self) -> list[Usage]:
        return [Usage(**data) for data in self.data_of("usage")]

    @property
    def streamed(self) -> str:
        """All tokens, joined."""
        return "".join(data["text"] for data in self.data_of("token"))
