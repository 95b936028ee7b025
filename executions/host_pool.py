"""The hosts of one worker: which one a run goes to, and their place in the worker's selector.

io: all runs share one host. cpu: each run has a host to itself, kept for the next one. A suspect
(its process died with it before) flies alone in a solo host, so that it can harm nobody else;
there are few of those, and they end with their passenger.
"""

import selectors
from collections.abc import Callable
from dataclasses import dataclass, field

from executions.claims import Claimed
from executions.host_process import HostProcess

_SOLO_HOSTS = 4


@dataclass(kw_only=True, eq=False)
class Flight:
    """A run inside a host. act_at is on the monotonic clock. `verdict` is set once we want it to
    end: the outcome it then gets, or "" when its lease was lost and nobody wants its result."""

    run: Claimed
    host: "Hosted"
    act_at: float
    verdict: str | None = None
    strikes: int = 0


@dataclass(kw_only=True, eq=False)
class Hosted:
    """A host and what flies in it. Condemned: we are killing it, its passengers are innocent."""

    process: HostProcess
    solo: bool
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

    def flying(self, lane: str) -> int:
        return sum(len(hosted.flights) for hosted in self.hosts[lane])

    def for_run(self, run: Claimed, lane: str) -> Hosted | None:
        """A host with room for the run, started when needed; None while all solo hosts fly."""
        if lane == "io" and run.suspect:
            full = sum(hosted.solo for hosted in self.hosts["io"]) >= _SOLO_HOSTS
            return None if full else self._started(lane, solo=True)
        for hosted in self.hosts[lane]:
            shared = lane == "io" and not hosted.solo
            if not hosted.condemned and (shared or not (hosted.flights or hosted.solo)):
                return hosted
        return self._started(lane, solo=False)

    def _started(self, lane: str, *, solo: bool) -> Hosted:
        hosted = Hosted(process=HostProcess(lane), solo=solo)
        self.hosts[lane].append(hosted)
        self.selector.register(
            hosted.process, selectors.EVENT_READ, lambda events: self.on_ready(hosted, events)
        )
        return hosted

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
        self.hosts[hosted.process.lane].remove(hosted)
        return hosted.process.end()

    def end_all(self) -> None:
        for lane in self.hosts.values():
            for hosted in list(lane):
                self.end(hosted)
