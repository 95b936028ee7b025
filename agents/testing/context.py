"""An `AgentContext` that keeps what its agent emitted. For tests of agents."""

from dataclasses import dataclass, field
from typing import Any

from agents.base import AgentContext


@dataclass(frozen=True)
class Event:
    """kind is log, progress, token or usage; data as `AgentContext` documents it."""

    kind: str
    data: dict[str, Any]


@dataclass(kw_only=True)
class RecordingContext(AgentContext):
    """Takes what AgentContext takes, and appends every event to `events`:

    agent.context = RecordingContext(secrets={"OPENAI_API_KEY": "…"})
    await agent.execute({…})
    assert agent.context.data_of("usage") == [{…}]
    """

    execution_id: str = "execution-1"
    org_id: str = "org-1"
    module_id: str = "module-1"
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take the place of any emit that was given."""
        self.emit = lambda kind, data: self.events.append(Event(kind, data))

    def data_of(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of one kind, in order."""
        return [event.data for event in self.events if event.kind == kind]
