"""The error tree of agents.

    AgentError
    ├── InvalidInput      the caller sent something the agent cannot use
    ├── InvalidConfig     the module's configuration is incomplete or wrong
    ├── InvalidOutput     the agent returned something that is not JSON or not its Output
    ├── PermanentError    the work failed and would fail again (refused, not found, 401)
    │   ├── OutboundRefused     a URL or address that agents may not reach
    │   ├── GatewayUnavailable  no access to the platform's API (agents.gateway)
    │   └── InvalidPath         not a path of that API
    ├── ModuleCallFailed  a module that the agent called did not complete
    │   └── ModuleCallRefused   it was not even started
    └── TransientError    trying again may succeed (network, 5xx)
        └── RateLimited   the other side asked for patience; carries retry_after_s

`retryable` is a property of the class, never of the place that catches it. Messages are shown to
operators and to the gateway: say what was expected, what came and what to do; no secrets.
"""

from typing import ClassVar


class AgentError(Exception):
    """A run that ends as `failed` with this message."""

    code: ClassVar[str] = "agent_error"
    retryable: ClassVar[bool] = False


class InvalidInput(AgentError):
    code = "invalid_input"


class InvalidConfig(AgentError):
    code = "invalid_config"


class InvalidOutput(AgentError):
    code = "invalid_output"


class PermanentError(AgentError):
    code = "permanent"


class OutboundRefused(PermanentError):
    """Says which rule the URL breaks, and nothing about the network behind it."""

    code = "outbound_refused"


class ModuleCallFailed(AgentError):
    """`execution_id`: the child's, "" when it is not known. `reason`: its outcome (failed,
    timed_out, cancelled, lost), or the code of the refusal. Never tried again by itself: the child
    had its own attempts."""

    code = "module_call_failed"

    def __init__(self, message: str, *, execution_id: str = "", reason: str = "failed") -> None:
        super().__init__(message)
        self.execution_id = execution_id
        self.reason = reason


class ModuleCallRefused(ModuleCallFailed):
    """No execution began: no such module, not active, nested too deep, an input too large."""

    code = "module_call_refused"


class TransientError(AgentError):
    code = "transient"
    retryable = True


class RateLimited(TransientError):
    """`retry_after_s`: seconds the other side asked us to wait, None when it did not say."""

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
