"""What claimed runs are given beyond their config: secrets that it names, access to the gateway.

Read by the reactor on its connection, only for runs that need any, and sent to the host in the run
frame; never stored with a run. An agent has access to the gateway when its class says so, with a
key of the run's own organization.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from executions import run_secrets
from executions.claims import Claimed, Connection
from executions.run_secrets import Values
from modules import registry
from modules.errors import UnknownAgent
from modules.registry import RegisteredAgent
from platform_agents.tenancy import gateway_keys


@dataclass(frozen=True, kw_only=True)
class Grants:
    secrets: Values
    gateway_key: str | None = None


NOTHING = Grants(secrets=run_secrets.NONE)


def needed(run: Claimed) -> bool:
    return run_secrets.needed(run) or _uses_gateway(run)


def read(conn: Connection, runs: Sequence[Claimed]) -> Iterator[tuple[Claimed, Grants]]:
    """Each run with its own, asked for in one query of each kind at most."""
    asking = {run.org_id for run in runs if _uses_gateway(run)}
    keys = gateway_keys.read(lambda q, p: conn.execute(q, p).fetchall(), asking) if asking else {}
    for run, secrets in run_secrets.read(conn, runs):
        key = keys.get(run.org_id) if _uses_gateway(run) else None
        yield run, Grants(secrets=secrets, gateway_key=key)


def header(agent: RegisteredAgent, grants: Grants) -> dict[str, object]:
    """What the run frame says of them."""
    given = run_secrets.header(agent, grants.secrets)
    if agent.cls.uses_gateway:
        given["gateway"] = {"url": settings.NODE_API_URL, "key": grants.gateway_key}
    return given


def _uses_gateway(run: Claimed) -> bool:
    try:
        return registry.find(run.agent).cls.uses_gateway
    except UnknownAgent:
        return False
