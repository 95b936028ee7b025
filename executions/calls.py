"""The calls that agents of this worker make of other modules, from the frame to its answer.

`Calls` hears the frames that `flights` passes on, and once per turn of the reactor's loop
`attend`s to the database: queues children, reads how they ended, cancels those that nobody waits
for. What a host says is not trusted: the caller is the run that flies in that host, and its row
says for which organization it calls. A call is open from its frame until its answer is sent, or
its parent ends or gives it up.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import psycopg
from django.conf import settings

from agents.calls import MOST_AT_ONCE
from agents.protocol import Frame
from executions import children, wakeups
from executions.child_submission import Call, find, new_child
from executions.children import ChildResult, Connection, NewChild
from executions.claims import Claimed
from executions.event_log import storable
from executions.host_pool import Flight
from executions.wakeups import CHILD_DONE, RUN_QUEUED
from modules.errors import ModuleError
from modules.lookup import RunnableModule

_LOOK_EVERY_S = 1.0
_BATCH = 16
_YEAR_S = 366 * 86_400.0
_ENDING = "The execution is ending, or the module was deleted just now."
_WOULD_WAIT_FOR_ITSELF = (
    "the executions that would wait for it hold all the places that the module's concurrency "
    "allows, so it could never start."
)

Header = Mapping[str, object]
Reply = Callable[[Flight, Header, bytes], None]


class Calls:
    """`reply` sends an answer frame to a flight's host."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._open: dict[str, dict[int, Call]] = {}  # by parent and number
        self._fresh: dict[str, Call] = {}  # by child: to be queued
        self._waiting: dict[str, Call] = {}  # by child: queued
        self._ended: set[str] = set()  # children, heard of
        self._unwanted: list[tuple[str, str]] = []  # children and organizations, to be cancelled
        self._resumed: set[str] = set()  # parents without open calls, still marked as waiting
        self._next_look = 0.0

    # --- what hosts and the database say ----------------------------------------------------------

    def heard(self, flight: Flight, frame: Frame) -> None:
        """Raises KeyError, TypeError or ValueError for a frame that makes no sense."""
        call = _call(flight, frame)
        if flight.verdict is not None:
            return  # it is asked to end: what it still wants is of no interest
        calls = self._open.get(call.parent, {})
        if call.number in calls or len(calls) >= MOST_AT_ONCE:
            raise ValueError("a host counts its calls, and keeps to the limit")
        self._open[call.parent] = {**calls, call.number: call}
        if why := _refusal(call, frame):
            self._refuse(call, *why)
        else:
            self._fresh[call.execution_id] = call

    def abandoned(self, flight: Flight, frame: Frame) -> None:
        calls = self._open.get(flight.run.execution_id, {})
        if call := calls.get(frame.header["call"]):
            self._drop(call)

    def forget(self, flight: Flight) -> None:
        """The parent's attempt has ended, however it did."""
        for call in list(self._open.get(flight.run.execution_id, {}).values()):
            self._drop(call)
        self._resumed.discard(flight.run.execution_id)

    def finished(self, conn: Connection, runs: Sequence[Claimed]) -> None:
        """Runs that ended in this worker. Parents of other workers are told; that a child was
        cancelled or lost, they find when they look."""
        elsewhere = [
            run.execution_id for run in runs if run.depth and run.execution_id not in self._waiting
        ]
        for run in runs:
            self.done(run.execution_id)
        wakeups.announce(conn, CHILD_DONE, elsewhere)

    def done(self, execution_id: str) -> None:
        if execution_id in self._waiting:
            self._ended.add(execution_id)

    # --- the loop's side --------------------------------------------------------------------------

    @property
    def urgent(self) -> bool:
        return bool(self._fresh or self._ended or self._unwanted or self._resumed)

    def next_look(self) -> float:
        return self._next_look if self._waiting else math.inf

    def attend(self, conn: Connection, *, worker: str) -> None:
        """Each step may fail with the connection and is then done again; none is done twice."""
        if self._unwanted:
            cancelled = children.cancel(conn, self._unwanted)
            self._unwanted = []
            children.tell(conn, cancelled)
        if self._fresh:
            self._queue(conn, worker)
        if self._ended or time.monotonic() >= self.next_look():
            self._look(conn)
        if self._resumed:
            children.resume(conn, sorted(self._resumed - self._open.keys()), worker=worker)
            self._resumed.clear()

    # --- queue ------------------------------------------------------------------------------------

    def _queue(self, conn: Connection, worker: str) -> None:
        calls = list(islice(self._fresh.values(), _BATCH))
        found = self._found(conn, calls)
        if not found:
            return
        for call in found:
            call.asked = True
        new = [new_child(call, target) for call, target in found.items()]
        queued = _queued(conn, new, worker)
        self._next_look = time.monotonic() + _LOOK_EVERY_S
        for call in found:
            self._is_queued(call, blocked=queued.get(call.execution_id))
        lanes = {child.lane for child in new if queued.get(child.id) is False}
        wakeups.announce(conn, RUN_QUEUED, sorted(lanes))

    def _found(self, conn: Connection, calls: list[Call]) -> dict[Call, RunnableModule]:
        """One look-up per module; calls of modules that cannot run are refused."""
        known: dict[tuple[str, str], RunnableModule | ModuleError] = {}
        found: dict[Call, RunnableModule] = {}
        for call in calls:
            key = (call.org_id, call.module)
            if key not in known:
                try:
                    known[key] = find(conn, call)
                except ModuleError as error:
                    known[key] = error
            target = known[key]
            if isinstance(target, ModuleError):
                self._refuse(call, target.code, str(target))
            else:
                found[call] = target
        return found

    def _is_queued(self, call: Call, *, blocked: bool | None) -> None:
        if blocked is None:
            self._refuse(call, "ended", _ENDING)
        elif blocked:
            self._refuse(call, "would_wait_for_itself", _WOULD_WAIT_FOR_ITSELF)
        else:
            del self._fresh[call.execution_id]
            self._waiting[call.execution_id] = call

    # --- answer -----------------------------------------------------------------------------------

    def _look(self, conn: Connection) -> None:
        """At those we heard of; once a second at all, because a notification may be lost."""
        due = time.monotonic() >= self._next_look
        ended = children.results(conn, list(self._waiting if due else self._ended))
        self._next_look = time.monotonic() + _LOOK_EVERY_S if due else self._next_look
        self._ended.clear()
        for result in ended:
            if call := self._waiting.get(result.id):
                self._answer(call, result)

    def _answer(self, call: Call, result: ChildResult) -> None:
        completed = result.outcome == "completed" and not result.row_gone
        gone = "The execution was deleted."
        header = {
            "status": "completed" if completed else "failed",
            "error": "" if completed else result.error or gone,
            "code": "deleted" if result.row_gone else result.outcome or "deleted",
            "execution_id": call.execution_id,
        }
        self._close(call, header, (result.output or "null").encode() if completed else b"")

    def _refuse(self, call: Call, code: str, error: str) -> None:
        self._close(call, {"status": "refused", "error": error, "code": code, "execution_id": ""})

    def _close(self, call: Call, header: Header, body: bytes = b"") -> None:
        self._remove(call)
        self._reply(call.flight, {"call": call.number, **header}, body)

    def _drop(self, call: Call) -> None:
        self._remove(call)
        if call.asked:
            self._unwanted.append((call.execution_id, call.org_id))

    def _remove(self, call: Call) -> None:
        self._fresh.pop(call.execution_id, None)
        self._waiting.pop(call.execution_id, None)
        self._ended.discard(call.execution_id)
        calls = self._open[call.parent]
        del calls[call.number]
        if not calls:
            del self._open[call.parent]
            if call.asked:
                self._resumed.add(call.parent)


def _call(flight: Flight, frame: Frame) -> Call:
    header, body = frame.header, frame.body
    number, timeout_s = header["call"], header["timeout_s"]
    if type(number) is not int or type(header["module"]) is not str:
        raise TypeError("a call names its number and a module")
    if timeout_s is not None and not 0 < timeout_s < math.inf:
        raise ValueError("a timeout is above 0")
    small = len(body) <= settings.MAX_BODY_BYTES
    return Call(
        flight=flight,
        number=number,
        module=storable(header["module"])[:255],
        input=storable(body.decode("utf-8", "replace")) if small else "",
        timeout_s=None if timeout_s is None else min(timeout_s, _YEAR_S),
    )


def _refusal(call: Call, frame: Frame) -> tuple[str, str] | None:
    """(code, error) of what can be refused without a look at the database."""
    size, most, deepest = len(frame.body), settings.MAX_BODY_BYTES, settings.MAX_CALL_DEPTH
    if size > most:
        return "input_too_large", f"its input has {size:,} bytes; at most {most:,} are taken."
    if not call.input.startswith("{"):
        return "invalid_input", "its input must be a JSON object."
    if call.flight.run.depth >= deepest:
        return "call_depth", f"calls may be nested {deepest} deep, and this one would be deeper."
    return None


def _queued(conn: Connection, new: list[NewChild], worker: str) -> dict[str, bool]:
    """As `children.queue`; one deleted module does not take the others with it."""
    try:
        return children.queue(conn, new, worker=worker)
    except psycopg.IntegrityError:
        if len(new) == 1:
            return {}
        return {
            child: blocked for one in new for child, blocked in _queued(conn, [one], worker).items()
        }
