"""The one way out: every request of an agent to another server goes through here.

`policy` says what may be reached, `guard` is the aiohttp connector that holds to it, `client` asks
and reads within bounds. Agents use `self.context.http`. aiohttp comes in with the first use of
`Client` or `connector`: the web process and the settings need only `Policy`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from agents.errors import OutboundRefused
from agents.outbound.policy import Policy

if TYPE_CHECKING:
    from agents.outbound.client import Client
    from agents.outbound.guard import connector
    from agents.outbound.response import Response

__all__ = ["Client", "OutboundRefused", "Policy", "Response", "connector"]

_LATER = {
    "Client": "agents.outbound.client",
    "Response": "agents.outbound.response",
    "connector": "agents.outbound.guard",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
