"""The hosts of one worker: which one a run goes to, and their place in the worker's selector.

io: runs share a host. cpu: each run has a host to itself, kept for the next one. Built-in agents
share their hosts between organizations; agents of packages get hosts of their organization's own,
which end when nobody needed them for a while. A suspect (its process died with it before) flies
alone in a solo host, so that it can harm nobody else; there are few of those, and they end with
their passenger.

Each kind of agents has hosts of its own, and a line to a process that forks them. What anybody
installed thus stands in no process that holds the platform's keys, and what one built-in agent
imports (openai, pandas) costs nobody who does not use it.
"""

import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings

from executions.claims import Claimed
from executions.host_line import Line
from executions.host_process import HostProcess
from modules import registry
from modules.registry import RegisteredAgent

_SOLO_HOSTS = 4
_IDLE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Agents that share a template and hosts: those of packages in one lane, the built-in ones in
    one lane, or a single built-in one that preloads a library."""

    lane: str
    built_in: bool
    alone: str = ""

    @classmethod
    def of(cls, agent: RegisteredAgent) -> "Kind":
        alone = agent.name if agent.built_in and agent.preloads else ""
        return cls(lane=agent.lane, built_in=agent.built_in, alone=alone)

    def agents(self) -> dict[str, str]:
        """By name, with the paths that a template imports."""
        return {a.name: a.path for a in registry.all_agents() if Kind.of(a) == self}


@dataclass(kw_only=True, eq=False)
class Flight:
    """A run inside a host. act_at is on the monotonic clock. `verdict` is set once we want it to
    end: the outcome it then gets, or "" when its lease was lost and nobody wants its result."""

    run: Claimed
    host: "Hosted"
    lane: str
    act_at: float
    verdict: str | None = None
    strikes: int = 0


@dataclass(kw_only=True, eq=False)
class Hosted:
    """A host and what flies in it. tenant: the organization it belongs to, "" when shared.
    Condemned: we are killing it, its passengers are innocent."""

    process: HostProcess
    kind: Kind
    tenant: str
    solo: bool
    ready: bool = False
    idle_since: float = field(default_factory=time.monotonic)
    flights: dict[str, Flight] = field(default_factory=dict)
    condemned: bool = False


class HostPool:
    """`on_ready` is called with a host and the selector's event mask when its channel is ready."""

    def __init__(
        self, selector: selectors.BaseSelector, on_ready: Callable[[Hosted, int], None]
    ) -> None:
        self.selector = selector
        self.on_ready = on_ready
        self.hosts: dict[str, list[Hosted]] = {"io": [], "cpu": []}
        self.lines: dict[Kind, Line] = {}

    def prewarm(self) -> None:
        """The host of the small built-in io agents, so that no first run waits for one."""
        self._started(Kind(lane="io", built_in=True), "", solo=False)

    def for_run(self, run: Claimed, agent: RegisteredAgent) -> Hosted | None:
        """A host with room for the run, started when needed; None while all solo hosts fly."""
        kind, tenant = Kind.of(agent), "" if agent.built_in else run.org_id
        if kind.lane == "io" and run.suspect:
            full = sum(hosted.solo for hosted in self.hosts["io"]) >= _SOLO_HOSTS
            return None if full else self._started(kind, tenant, solo=True)
        for hosted in self.hosts[kind.lane]:
            room = kind.lane == "io" or not hosted.flights
            fits = (hosted.kind, hosted.tenant) == (kind, tenant)
            if fits and room and not (hosted.solo or hosted.condemned):
                return hosted
        return self._started(kind, tenant, solo=False)

    def _started(self, kind: Kind, tenant: str, *, solo: bool) -> Hosted:
        hosted = Hosted(process=HostProcess(self._line(kind)), kind=kind, tenant=tenant, solo=solo)
        self.hosts[kind.lane].append(hosted)
        self.selector.register(
            hosted.process, selectors.EVENT_READ, lambda events: self._ready(hosted, events)
        )
        return hosted

    def _ready(self, hosted: Hosted, events: int) -> None:
        """One that was ended earlier in the same turn of the loop is passed over."""
        if hosted in self.hosts[hosted.kind.lane]:
            self.on_ready(hosted, events)

    def _line(self, kind: Kind) -> Line:
        if line := self.lines.get(kind):
            self._heard(kind, line)
        if kind not in self.lines:
            line = self.lines[kind] = Line(kind.agents())
            self.selector.register(line, selectors.EVENT_READ, lambda _: self._heard(kind, line))
        return self.lines[kind]

    def _heard(self, kind: Kind, line: Line) -> None:
        """Hosts have ended, which their channels may hide: what they forked can hold them open."""
        if self.lines.get(kind) is not line:
            return
        line.hear()
        for hosted in list(self.hosts[kind.lane]):
            if hosted.process.line is line and hosted.process.has_ended:
                hosted.process.signal(signal.SIGKILL)
                while not hosted.process.gone:
                    self.on_ready(hosted, selectors.EVENT_READ)
        if line.closed:
            self.selector.unregister(line)
            line.close()
            del self.lines[kind]

    def watch(self, hosted: Hosted) -> None:
        """Call after every send: what the socket did not take is written when it can."""
        wanted = selectors.EVENT_READ
        if hosted.process.channel.wants_write:
            wanted |= selectors.EVENT_WRITE
        key = self.selector.get_key(hosted.process)
        if key.events != wanted:
            self.selector.modify(hosted.process, wanted, key.data)

    def end(self, hosted: Hosted) -> str:
        """Take the host out and make sure that it is dead; how it ended, for people."""
        self.selector.unregister(hosted.process)
        self.hosts[hosted.kind.lane].remove(hosted)
        return hosted.process.end()

    def end_unneeded(self) -> None:
        """Hosts of one organization that nobody used for a minute. Shared ones stay warm, but for
        those that nested calls of the cpu lane needed besides."""
        before = time.monotonic() - _IDLE_S
        shared = [hosted for hosted in self.hosts["cpu"] if not hosted.tenant]
        extra = shared[settings.CPU_SLOTS :]
        for lane in self.hosts.values():
            for hosted in list(lane):
                unneeded = hosted.tenant or hosted in extra
                if unneeded and not hosted.flights and hosted.idle_since < before:
                    self.end(hosted)

    def end_all(self) -> None:
        for lane in self.hosts.values():
            for hosted in list(lane):
                self.end(hosted)
        for line in self.lines.values():
            self.selector.unregister(line)
            line.close()
        self.lines.clear()
