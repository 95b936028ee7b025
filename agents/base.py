"""What every agent is: `BaseAgent`, and the `AgentContext` it is given for one execution.

The host process (`agents.host`) makes one instance per execution, attaches the context and awaits
`execute`. Agents read `self.config` and `self.context`; they never see a database or a request.
"""

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel

from agents import calls, checkpoints
from agents.callbacks import RemoteRun
from agents.checkpoints import WHOLE, Approval, FinishedStep
from agents.errors import ModuleCallRefused
from agents.gateway import Gateway
from agents.outbound.policy import Policy

if TYPE_CHECKING:
    from agents.outbound.client import Client

Lane = Literal["io", "cpu"]
Emit = Callable[[str, dict[str, Any]], None]
Caller = Callable[[str, bytes, float | None], Awaitable[bytes | bytearray]]
"""(module, input as JSON, timeout_s) -> the output as JSON."""
Keep = Callable[[str, dict[str, Any], bytes], None]
"""(kind, header, body): `checkpoint` or `approval`, as `agents.protocol` has them."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a run consumed. Tokens are the provider's own count; cost is in US dollars."""

    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None


async def _nobody(module: str, body: bytes, timeout_s: float | None) -> bytes:
    """The caller of a context without a runner behind it."""
    raise ModuleCallRefused(
        "No module can be called here: this context belongs to no execution. In a test, give "
        "RecordingContext(modules={…}).",
        reason="no_runner",
    )


def _discard(kind: str, data: dict[str, Any]) -> None:
    """The emit of a context that nobody listens to (unit tests, `BaseAgent` used alone)."""


def _forget(kind: str, header: dict[str, Any], body: bytes) -> None:
    """The keep of such a context."""


@dataclass(kw_only=True)
class AgentContext:
    """One execution as its agent sees it.

    deadline_s is seconds on `time.monotonic()`'s clock. secrets holds, for a built-in agent, the
    platform settings that its class names in `requires`; for an agent of a package, the secrets of
    the organization that the module's config refers to, by name. outbound says what `http` may
    reach. gateway asks the platform's own API, for classes with `uses_gateway`.

    Events are delivered in order, best effort: an agent never waits for them and never fails
    because of them.

    finished_steps and approvals are what earlier attempts of this execution told and asked:
    {(step, index): FinishedStep} and {step: Approval}.
    """

    execution_id: str = ""
    org_id: str = ""
    module_id: str = ""
    attempt: int = 1
    deadline_s: float | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    outbound: Policy = field(default_factory=Policy)
    gateway: Gateway = field(default_factory=Gateway)
    emit: Emit = field(default=_discard, repr=False)
    caller: Caller = field(default=_nobody, repr=False)
    keep: Keep = field(default=_forget, repr=False)
    finished_steps: Mapping[tuple[str, int], FinishedStep] = field(default_factory=dict, repr=False)
    approvals: Mapping[str, Approval] = field(default_factory=dict, repr=False)
    remote: RemoteRun | None = field(default=None, repr=False)
    cancelled: bool = False

    def log(self, message: str, *, level: str = "info", **data: Any) -> None:
        self.emit("log", {"level": level, "message": message, "data": data})

    def progress(self, fraction: float, message: str = "") -> None:
        """fraction is 0.0 to 1.0; values outside are clamped."""
        self.emit("progress", {"fraction": min(1.0, max(0.0, fraction)), "message": message})

    def token(self, text: str) -> None:
        self.emit("token", {"text": text})

    def usage(self, usage: Usage) -> None:
        self.emit("usage", asdict(usage))

    def call_module(
        self, module: str, input_data: Any = None, *, timeout_s: float | None = None
    ) -> Coroutine[Any, Any, Any]:
        """Await it: run another module of the same organization, and get its output.

        module is its id, its agent's name or its own name; input_data a dict or a pydantic model.
        The child ends with this attempt at the latest, or after timeout_s. Fifty calls are open at
        once, more wait. Whoever stops waiting ends the child, and so does the end of this run.
        Raises ModuleCallFailed, ModuleCallRefused, InvalidInput.
        """
        calls.check(module, timeout_s)
        return self._called(module, calls.input_json(module, input_data), timeout_s)

    async def _called(self, module: str, body: bytes, timeout_s: float | None) -> Any:
        return json.loads(await self.caller(module, body, timeout_s))

    def step(self, data: Mapping[str, Any], *, message: str = "", level: str = "info") -> None:
        """An event of kind `step`: what a step was given, what it came to, how long it took."""
        self.emit("step", {"message": message, "level": level, "data": dict(data)})

    def checkpoint(
        self,
        step: str,
        output: Any = None,
        *,
        index: int = WHOLE,
        status: checkpoints.Status = "completed",
        error: str = "",
        took_s: float = 0,
    ) -> None:
        """Keep how a step ended: the next attempt finds it in `finished_steps`. index tells the
        items of one step apart. What is told just before a crash may be lost, so a step is done at
        least once. A completed step stays as it is. Raises PermanentError for an output that is
        not JSON or too large (4 MiB, 32 MiB in all steps of an attempt)."""
        header = {
            "step": checkpoints.checked_name(step), "index": index, "status": status,
            "error": error, "took_s": took_s,
        }  # fmt: skip
        self.keep("checkpoint", header, checkpoints.step_json(step, output))

    def ask_approval(
        self, step: str, *, title: str, message: str = "", expires_s: float = 7 * 86_400
    ) -> None:
        """Ask the organization's operators, who answer in the admin or by the API; then raise
        `Suspended` when there is nothing else to do. The answer is in `approvals` of the attempt
        that follows. Asked again, the first question stands."""
        header = {
            "step": checkpoints.checked_name(step), "title": title, "message": message,
            "expires_s": min(max(expires_s, 1.0), checkpoints.LONGEST_WAIT_S),
        }  # fmt: skip
        self.keep("approval", header, b"")

    @property
    def http(self) -> "Client":
        """Requests to other servers: `await self.context.http.request("GET", url)`. Public
        addresses only, unless the operator allows more; see docs/agents/outbound.md."""
        from agents.outbound.client import Client  # noqa: PLC0415  brings aiohttp in

        return Client(self.outbound, owner=self.org_id)

    def remaining_s(self) -> float | None:
        """Seconds until the deadline, at least 0; None without one."""
        if self.deadline_s is None:
            return None
        return max(0.0, self.deadline_s - time.monotonic())


class BaseAgent(ABC):
    """Subclass it, set `name`, write `execute`.

    Config, Input and Output are optional pydantic models. With `Config`, `self.config` is an
    instance of it, without it the module's plain dict; the same holds for `Input` and the
    argument of `execute`. What `execute` returns is the output: anything JSON can say, an
    instance of `Output`, or the older shape `{"execution_id": …, "output": …}`.
    """

    name: ClassVar[str] = ""
    """What modules.python_module says. Empty: the class name in snake case."""
    aliases: ClassVar[tuple[str, ...]] = ()
    lane: ClassVar[Lane] = "io"
    """`io`: awaits the network, shares a process. `cpu`: computes, has a process to itself."""
    at_once: ClassVar[int | None] = None
    """Runs of this agent at once in one host (so: per worker). More wait their turn there, while
    their timeout runs. None: as many as the lane has."""
    requires: ClassVar[tuple[str, ...]] = ()
    """Platform settings this agent may read from `context.secrets` (built-in agents only)."""

    uses_gateway: ClassVar[bool] = False
    """Whether `context.gateway` works: requests to the platform's own API, with a key of the run's
    organization, which this agent's code then holds."""

    Config: ClassVar[type[BaseModel] | None] = None
    Input: ClassVar[type[BaseModel] | None] = None
    Output: ClassVar[type[BaseModel] | None] = None

    context: AgentContext = AgentContext()

    def __init__(self, org_id: str, config: Any = None) -> None:
        self.org_id = org_id
        self.config: Any = {} if config is None else config
        self.db_conn = None  # the older shape of agents reads it; there is never a connection

    @abstractmethod
    async def execute(self, input_data: Any) -> Any:
        """Do the work. Raise an `AgentError` for a failure that people should understand."""

    @classmethod  # noqa: B027 (most agents have nothing to import)
    def preload(cls) -> None:
        """Import what `execute` needs. Called before the first run, normally in a process that
        hosts are forked from: start no threads and leave no files or connections open."""

    @classmethod
    def modules_named(cls, config: Any) -> dict[str, tuple[str, ...]]:
        """The modules that a valid config (an instance of `Config`) names, looked up when it is
        saved: {path as in "config.target": the references of which one must exist}."""
        return {}

    @classmethod
    def canonical_name(cls) -> str:
        return (
            cls.name
            or re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()
        )

    async def log_execution(
        self,
        module_id: str,
        task_id: str | None,
        status: str,
        output: Any = None,
        error: str | None = None,
    ) -> None:
        """Older agents call it to record their run. The runner records every run already, so
        this only adds a line to the execution's log."""
        self.context.log(
            f"agent reported {status}", module_id=module_id, task_id=task_id, error=error
        )

    def validate_org_access(self, resource_id: str) -> bool:
        """True when resource_id is the organization that this run works for; False for any other
        id. Older agents call it with the org_id of what they are about to touch, by this name."""
        return resource_id == self.org_id
