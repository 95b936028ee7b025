"""The agent library: what an agent author imports, and the process that runs agents.

Nothing here knows Django, a database or the packages above it (import-linter holds that), so that
an agent can be written, run and tested on its own. Authors need `BaseAgent` and the errors.
"""

from agents.base import AgentContext, BaseAgent, Usage
from agents.checkpoints import Approval, FinishedStep, Suspended
from agents.errors import (
    AgentError,
    InvalidConfig,
    InvalidInput,
    InvalidOutput,
    ModuleCallFailed,
    ModuleCallRefused,
    OutboundRefused,
    PermanentError,
    RateLimited,
    TransientError,
)

__all__ = [
    "AgentContext",
    "AgentError",
    "Approval",
    "BaseAgent",
    "FinishedStep",
    "InvalidConfig",
    "InvalidInput",
    "InvalidOutput",
    "ModuleCallFailed",
    "ModuleCallRefused",
    "OutboundRefused",
    "PermanentError",
    "RateLimited",
    "Suspended",
    "TransientError",
    "Usage",
]
