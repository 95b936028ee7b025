"""The runs in flight of one worker, and the hosts they fly in.

Knows no database: the reactor starts runs here and takes away what ended (`unrecorded`,
`returned`, `suspended`) and what was reported (`log`, `checkpoints`). Decides what a
result, a dead host, a deadline or a lost lease means for a run.
"""

import selectors
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from agents.protocol import Frame
from executions import lanes, retrying
from executions.callbacks import Callbacks
from executions.calls import Calls
from executions.checkpoints import Checkpoints
from executions.claims import Claimed, Finished
from executions.event_log import EventLog
from executions.frames import Result, run_header
from executions.grants import NOTHING, Grants
from executions.host_pool import Flight, Hosted, HostPool
from executions.kept import Kept
from executions.readiness import cannot_start
from executions.suspension import Suspension
from modules import registry
from modules.errors import UnknownAgent

_FOREVER = float("inf")
_SOLO_WAIT_S = 1.0
_START_UP_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Returned:
    """A run to queue again; see `claims.give_back`."""

    run: Claimed
    refund: bool
    suspect: bool = False
    delay_s: float = 0
    error: str = ""
    code: str = ""


class Flights:
    def __init__(self, selector: selectors.BaseSelector) -> None:
        self.pool = HostPool(selector, self._ready)
        self.calls = Calls(self._reply)
        self.callbacks = Callbacks(self._called_back)
        slots = {"io": settings.IO_SLOTS, "cpu": settings.CPU_SLOTS}
        self.slots: dict[str, int] = {lane: slots[lanes.kind(lane)] for lane in lanes.ALL}
        self.seats = dict(self.slots)
        self.flying: dict[str, Flight] = {}
        self.unrecorded: list[Finished] = []
        self.returned: list[Returned] = []
        self.suspended: list[Suspension] = []
        self.log = EventLog()
        self.checkpoints = Checkpoints()
        self.pool.prewarm()

    @property
    def busy(self) -> bool:
        return bool(self.flying or self.ended)

    @property
    def ended(self) -> bool:
        """There is something to write down about runs that fly no more."""
        return bool(self.unrecorded or self.returned or self.suspended)

    @property
    def urgent(self) -> bool:
        """There is something to write or to ask for now."""
        waiting = self.calls.urgent or self.callbacks.urgent
        return bool(self.ended or waiting)

    def free(self, lane: str) -> int:
        return self.seats[lane]

    def flying_in(self, lane: str) -> int:
        return self.slots[lane] - self.seats[lane]

    def runs(self) -> list[Claimed]:
        return [flight.run for flight in self.flying.values()]

    # --- start ------------------------------------------------------------------------------------

    def start(self, run: Claimed, kept: Kept | None = None, *, grants: Grants = NOTHING) -> None:
        """Send a claimed run to a host, or end it here when it cannot start. kept: what earlier
        attempts finished."""
        try:
            agent = registry.find(run.agent)
        except UnknownAgent as error:
            self._finish(run, "failed", error=str(error))
            return
        if end := cannot_start(run):
            outcome, why = end
            self._finish(run, outcome, error=why)
        else:
            self._take_off(run, agent, kept or Kept(), grants)

    def _take_off(
        self, run: Claimed, agent: registry.RegisteredAgent, kept: Kept, grants: Grants
    ) -> None:
        hosted = self.pool.for_run(run, agent)
        if hosted is None:
            self.returned.append(Returned(run=run, refund=True, delay_s=_SOLO_WAIT_S))
            return
        start_up_s = 0 if hosted.ready else _START_UP_S
        act_at = time.monotonic() + start_up_s + run.limit_s
        lane = lanes.of(agent.lane, run.depth)
        flight = Flight(run=run, host=hosted, lane=lane, act_at=act_at)
        self.seats[lane] -= 1
        hosted.flights[run.execution_id] = self.flying[run.execution_id] = flight
        for step, output in kept.steps:
            hosted.process.step(step, output)
        header = run_header(run, agent, kept=kept, grants=grants)
        hosted.process.run(header, (run.input or "{}").encode())
        self.pool.watch(hosted)

    # --- what hosts say ---------------------------------------------------------------------------

    def _ready(self, hosted: Hosted, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            hosted.process.channel.flush()
            self.pool.watch(hosted)
        try:
            for frame in hosted.process.frames():
                self._heard(hosted, frame)
        except (KeyError, TypeError, ValueError, ArithmeticError):
            # Frames that make no sense: as if it had died. Agents of packages can write to their
            # host's channel, and must not be able to end the worker.
            hosted.process.channel.closed = True
        if hosted.process.gone:
            self._died(hosted)
        elif hosted.solo and not hosted.flights:
            self.pool.end(hosted)

    def _heard(self, hosted: Hosted, frame: Frame) -> None:
        if frame.kind == "ready":
            self._host_is_ready(hosted)
        elif (flight := hosted.flights.get(frame.header["id"])) is None:
            return
        elif frame.kind == "event":
            self.log.add(flight.run, frame.header["event"], frame.header["data"])
        elif frame.kind == "result":
            self._landed(flight, Result(frame))
        else:
            self._wanted(flight, frame)

    def _wanted(self, flight: Flight, frame: Frame) -> None:
        """What the agent asks its worker to keep or to do."""
        if frame.kind in {"checkpoint", "approval"}:
            self.checkpoints.heard(flight.run, frame)
        elif frame.kind == "call":
            self.calls.heard(flight, frame)
        elif frame.kind == "abandon":
            self.calls.abandoned(flight, frame)
        elif frame.kind == "wait":
            self.callbacks.waits(flight)

    def _reply(self, flight: Flight, header: Mapping[str, object], body: bytes) -> None:
        flight.host.process.answer(header, body)
        self.pool.watch(flight.host)

    def _called_back(self, flight: Flight, body: bytes) -> None:
        flight.host.process.callback(flight.run.execution_id, body)
        self.pool.watch(flight.host)

    def _host_is_ready(self, hosted: Hosted) -> None:
        """Only now do its passengers' clocks run: imports are not theirs to pay."""
        hosted.ready = True
        for flight in hosted.flights.values():
            if flight.verdict is None:
                flight.act_at = time.monotonic() + flight.run.limit_s

    def _landed(self, flight: Flight, result: Result) -> None:
        self._forget(flight)
        run = flight.run
        if flight.verdict == "":
            return
        if result.detail:
            self.log.traceback(run, result.detail)
        if result.status == "completed":
            self._completed(run, result)
        elif flight.verdict is not None:
            self._finish(run, flight.verdict, error=_why(flight))
        elif result.pause is not None:
            self.suspended.append(Suspension(run=run, pause=result.pause))
        else:
            self._failed(run, result)

    def _failed(self, run: Claimed, result: Result) -> None:
        pause_s = None
        if result.retryable:
            pause_s = retrying.pause_s(run, retry_after_s=result.retry_after_s)
        if pause_s is None:
            self._finish(run, "failed", error=result.error, usage=result.usage)
        else:
            self.returned.append(
                Returned(
                    run=run, refund=False, delay_s=pause_s, error=result.error, code=result.code
                )
            )

    def _completed(self, run: Claimed, result: Result) -> None:
        size, limit = result.size, settings.MAX_OUTPUT_BYTES
        if size > limit:
            error = f"The output has {size:,} bytes; at most {limit:,} are kept."
            self._finish(run, "failed", error=error, usage=result.usage)
        else:
            self._finish(run, "completed", output=result.output(), usage=result.usage)

    # --- ends that nobody reported ----------------------------------------------------------------

    def _died(self, hosted: Hosted) -> None:
        how = self.pool.end(hosted)
        for flight in list(hosted.flights.values()):
            self._forget(flight)
            if flight.verdict == "":
                continue
            if flight.verdict is not None:
                self._finish(flight.run, flight.verdict, error=_why(flight))
            elif hosted.condemned:
                self._untried(flight.run, "Another run in its process had to be killed")
            elif hosted.process.never_was:
                self._untried(flight.run, "Its process ended before it began")
            else:
                self._crashed(hosted, flight.run, how)

    def _crashed(self, hosted: Hosted, run: Claimed, how: str) -> None:
        what = "ended unexpectedly" if hosted.ready else "could not start"
        what = f"The agent's process {what} ({how})"
        error = f"{what} in attempt {run.attempt} of {run.max_attempts}."
        if run.last_attempt:
            self._finish(run, "failed", error=error)
        else:
            self.returned.append(
                Returned(run=run, refund=False, suspect=True, error=error, code="crashed")
            )

    def _untried(self, run: Claimed, why: str) -> None:
        """An innocent one: its attempt does not count. But it may have begun."""
        if run.at_most_once:
            error = f"{why}, and this module's runs are started once at most."
            self._finish(run, "lost", error=error)
        else:
            self.returned.append(Returned(run=run, refund=True))

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
                self.cancel(execution_id)

    def cancel(self, execution_id: str) -> None:
        """Somebody wants it to end. Unknown ones, and those that end already, are ignored."""
        flight = self.flying.get(execution_id)
        if flight is not None and flight.verdict is None:
            flight.verdict = "cancelled"
            self._strike(flight)

    def not_given_back(self, run: Claimed) -> None:
        """It was to be queued again, but somebody cancelled it (or it is not ours: then this is
        dropped)."""
        self._finish(run, "cancelled", error="Cancelled.")

    def _strike(self, flight: Flight) -> None:
        """First a word to the agent, then SIGHUP, then SIGKILL, a grace apart."""
        flight.strikes += 1
        flight.act_at = time.monotonic() + settings.RUN_GRACE_SECONDS
        process = flight.host.process
        if flight.strikes == 1:
            process.cancel(flight.run.execution_id)
            self.pool.watch(flight.host)
            return
        flight.host.condemned = True
        process.signal(signal.SIGHUP if flight.strikes == 2 else signal.SIGKILL)

    # --- the end ----------------------------------------------------------------------------------

    def give_back_all(self) -> None:
        for flight in list(self.flying.values()):
            self._forget(flight)
            if flight.verdict is None:
                self._untried(flight.run, "The worker was stopped")
            elif flight.verdict:
                self._finish(flight.run, flight.verdict, error=_why(flight))

    def end_unneeded_hosts(self) -> None:
        self.pool.end_unneeded()

    def end_hosts(self) -> None:
        self.pool.end_all()

    def _forget(self, flight: Flight) -> None:
        execution_id = flight.run.execution_id
        del self.flying[execution_id], flight.host.flights[execution_id]
        flight.host.idle_since = time.monotonic()
        self.seats[flight.lane] += 1
        self.calls.forget(flight)
        self.callbacks.forget(flight)
        self.log.forget(flight.run)
        self.checkpoints.forget(flight.run)

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
    return f"Timed out after {flight.run.limit_s:.4g} seconds."
