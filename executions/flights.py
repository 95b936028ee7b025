"""The runs in flight of one worker, and the hosts they fly in.

Knows no database: the reactor starts runs here and takes away what ended (`unrecorded`,
`returned`) and what was reported (`take_events`). Decides what a result, a dead host, a deadline
or a lost lease means for a run.
"""

import selectors
import signal
import time
from dataclasses import dataclass, field

from django.conf import settings

from agents.protocol import Frame
from executions.claims import Claimed, Finished, NewEvent
from executions.event_log import EventLog
from executions.host_process import HostProcess
from modules import registry
from modules.errors import UnknownAgent

_FOREVER = float("inf")


@dataclass(kw_only=True, eq=False)
class Flight:
    """A run inside a host. `verdict` is set once we want it to end: the outcome it then gets,
    or "" when its lease was lost and nobody wants its result."""

    run: Claimed
    host: "Hosted"
    act_at: float
    verdict: str | None = None
    strikes: int = 0


@dataclass(kw_only=True, eq=False)
class Hosted:
    """A host and what flies in it. Condemned: we are killing it, its passengers are innocent."""

    process: HostProcess
    flights: dict[str, Flight] = field(default_factory=dict)
    condemned: bool = False


@dataclass(frozen=True, kw_only=True)
class Returned:
    """A run to queue again; `refund` when the attempt should not count."""

    run: Claimed
    refund: bool


class Flights:
    def __init__(self, selector: selectors.BaseSelector) -> None:
        self.selector = selector
        self.slots: dict[str, int] = {"io": settings.IO_SLOTS, "cpu": settings.CPU_SLOTS}
        self.hosts: dict[str, list[Hosted]] = {"io": [], "cpu": []}
        self.flying: dict[str, Flight] = {}
        self.unrecorded: list[Finished] = []
        self.returned: list[Returned] = []
        self.log = EventLog()

    @property
    def busy(self) -> bool:
        return bool(self.flying or self.unrecorded or self.returned)

    def free(self, lane: str) -> int:
        return self.slots[lane] - sum(len(hosted.flights) for hosted in self.hosts[lane])

    def runs(self) -> list[Claimed]:
        return [flight.run for flight in self.flying.values()]

    def take_events(self) -> list[NewEvent]:
        return self.log.take()

    # --- start ------------------------------------------------------------------------------------

    def start(self, run: Claimed, lane: str) -> None:
        """Send a claimed run to a host, or end it here when it cannot start."""
        try:
            agent = registry.find(run.agent)
        except UnknownAgent as error:
            self._finish(run, "failed", error=str(error))
            return
        if run.row_gone:
            self._finish(run, "lost", error="The execution was deleted.")
        elif run.expired:
            self._finish(run, "timed_out", error="The deadline passed in the queue.")
        else:
            self._take_off(run, lane, agent)

    def _take_off(self, run: Claimed, lane: str, agent: registry.RegisteredAgent) -> None:
        hosted = self._host_with_room(lane)
        act_at = time.monotonic() + run.timeout_s
        flight = Flight(run=run, host=hosted, act_at=act_at)
        hosted.flights[run.execution_id] = self.flying[run.execution_id] = flight
        hosted.process.run(_header(run, agent), (run.input or "{}").encode())
        self._watch(hosted)

    def _host_with_room(self, lane: str) -> Hosted:
        """io: all share one host. cpu: each run has a host to itself, kept for the next one."""
        for hosted in self.hosts[lane]:
            if not hosted.condemned and (lane == "io" or not hosted.flights):
                return hosted
        hosted = Hosted(process=HostProcess(lane))
        self.hosts[lane].append(hosted)
        self.selector.register(
            hosted.process, selectors.EVENT_READ, lambda events: self._ready(hosted, events)
        )
        return hosted

    def _watch(self, hosted: Hosted) -> None:
        wanted = selectors.EVENT_READ
        if hosted.process.channel.wants_write:
            wanted |= selectors.EVENT_WRITE
        key = self.selector.get_key(hosted.process)
        if key.events != wanted:
            self.selector.modify(hosted.process, wanted, key.data)

    # --- what hosts say ---------------------------------------------------------------------------

    def _ready(self, hosted: Hosted, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            hosted.process.channel.flush()
            self._watch(hosted)
        for frame in hosted.process.frames():
            flight = hosted.flights.get(frame.header.get("id", ""))
            if flight is None:
                continue
            if frame.kind == "event":
                self.log.add(flight.run, frame.header["kind"], frame.header["data"])
            elif frame.kind == "result":
                self._landed(flight, frame)
        if hosted.process.gone:
            self._died(hosted)

    def _landed(self, flight: Flight, frame: Frame) -> None:
        self._forget(flight)
        header, run = frame.header, flight.run
        if flight.verdict == "":
            return
        if header["detail"]:
            self.log.traceback(run, header["detail"])
        if header["status"] == "completed":
            self._completed(run, frame)
        elif flight.verdict is not None:
            self._finish(run, flight.verdict, error=_why(flight))
        else:
            self._finish(run, "failed", error=header["error"], usage=header["usage"])

    def _completed(self, run: Claimed, frame: Frame) -> None:
        """The host made this JSON; a broken host may send anything, the row must stay readable."""
        size, usage = len(frame.body), frame.header["usage"]
        if size > settings.MAX_OUTPUT_BYTES:
            limit = settings.MAX_OUTPUT_BYTES
            error = f"The output has {size:,} bytes; at most {limit:,} are kept."
            self._finish(run, "failed", error=error, usage=usage)
            return
        output = frame.body.decode("utf-8", "replace").replace("\x00", "\ufffd")
        self._finish(run, "completed", output=output, usage=usage)

    # --- ends that nobody reported ----------------------------------------------------------------

    def _died(self, hosted: Hosted) -> None:
        self.selector.unregister(hosted.process)
        how = hosted.process.end()
        self.hosts[hosted.process.lane].remove(hosted)
        for flight in list(hosted.flights.values()):
            self._forget(flight)
            if flight.verdict == "":
                continue
            if flight.verdict is not None:
                self._finish(flight.run, flight.verdict, error=_why(flight))
            elif hosted.condemned:
                self.returned.append(Returned(run=flight.run, refund=True))
            else:
                self._crashed(flight.run, how)

    def _crashed(self, run: Claimed, how: str) -> None:
        what = f"The agent's process ended unexpectedly ({how})"
        error = f"{what} in attempt {run.attempt} of {run.max_attempts}."
        if run.last_attempt:
            self._finish(run, "failed", error=error)
        else:
            self.log.status(run, f"{error} Queued again.")
            self.returned.append(Returned(run=run, refund=False))

    def next_deadline(self) -> float:
        return min((flight.act_at for flight in self.flying.values()), default=_FOREVER)

    def check_deadlines(self) -> None:
        """Runs past their time are asked to stop, then told, then killed."""
        now = time.monotonic()
        for flight in [f for f in self.flying.values() if f.act_at <= now]:
            if flight.verdict is None:
                flight.verdict = "timed_out"
            self._strike(flight)

    def heed(self, alive: dict[str, bool]) -> None:
        """What the heartbeat found: runs that are not ours any more, runs to be cancelled."""
        for execution_id, flight in list(self.flying.items()):
            if flight.verdict is not None:
                continue
            if execution_id not in alive:
                flight.verdict = ""
                self._strike(flight)
            elif alive[execution_id]:
                flight.verdict = "cancelled"
                self._strike(flight)

    def _strike(self, flight: Flight) -> None:
        """First a word to the agent, then SIGTERM, then SIGKILL, a grace apart."""
        flight.strikes += 1
        flight.act_at = time.monotonic() + settings.RUN_GRACE_SECONDS
        process = flight.host.process
        if flight.strikes == 1:
            process.cancel(flight.run.execution_id)
            self._watch(flight.host)
            return
        flight.host.condemned = True
        process.signal(signal.SIGTERM if flight.strikes == 2 else signal.SIGKILL)

    # --- the end ----------------------------------------------------------------------------------

    def give_back_all(self) -> None:
        for flight in list(self.flying.values()):
            self._forget(flight)
            if flight.verdict is None:
                self.returned.append(Returned(run=flight.run, refund=True))
            elif flight.verdict:
                self._finish(flight.run, flight.verdict, error=_why(flight))

    def end_hosts(self) -> None:
        for lane in self.hosts.values():
            for hosted in lane:
                self.selector.unregister(hosted.process)
                hosted.process.end()
            lane.clear()

    def _forget(self, flight: Flight) -> None:
        execution_id = flight.run.execution_id
        del self.flying[execution_id], flight.host.flights[execution_id]
        self.log.forget(flight.run)

    def _finish(
        self,
        run: Claimed,
        outcome: str,
        *,
        output: str | None = None,
        error: str | None = None,
        usage: list[dict[str, object]] | None = None,
    ) -> None:
        end = Finished(run=run, outcome=outcome, output=output, error=error, usage=usage)
        self.unrecorded.append(end)


def _why(flight: Flight) -> str:
    if flight.verdict == "cancelled":
        return "Cancelled."
    return f"Timed out after {flight.run.timeout_s:g} seconds."


def _header(run: Claimed, agent: registry.RegisteredAgent) -> dict[str, object]:
    return {
        "id": run.execution_id,
        "agent": agent.name,
        "org_id": run.org_id,
        "module_id": run.module_id,
        "attempt": run.attempt,
        "timeout_s": run.timeout_s,
        "config": run.config,
        "secrets": agent.secrets(),
    }
