"""The secrets that claimed runs need: those of their own organization that their config names.

Called by `grants`, only for runs whose config refers to any. They are never stored with a run.
Built-in agents find them in their config only: what they know by name are the platform's settings,
and a secret that an organization calls OPENAI_BASE_URL must not take the place of one.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from agents.secrets import MARK, names_in
from executions.claims import Claimed, Connection
from modules.registry import RegisteredAgent
from platform_agents.tenancy import secrets

Values = Mapping[str, str | None]
"""By name; None for one that cannot be decrypted."""
NONE: Values = MappingProxyType({})


def needed(run: Claimed) -> bool:
    return run.config is not None and MARK in run.config


def read(conn: Connection, runs: Sequence[Claimed]) -> Iterator[tuple[Claimed, Values]]:
    """Each run with what its config names and its organization has, asked for in one query."""
    names = [(run, names_in(run.config or "")) for run in runs]
    wanted = {(run.org_id, name) for run, those in names for name in those}
    found = _found(conn, wanted) if wanted else {}
    for run, those in names:
        yield run, {n: found[run.org_id, n] for n in those if (run.org_id, n) in found}


def _found(
    conn: Connection, wanted: set[secrets.OrgAndName]
) -> dict[secrets.OrgAndName, str | None]:
    return secrets.read(lambda query, params: conn.execute(query, params).fetchall(), wanted)


def header(agent: RegisteredAgent, values: Values) -> dict[str, object]:
    """What the run frame says of them."""
    if not values:
        return {}
    if agent.built_in:
        return {"org_secrets": dict(values)}
    readable = {name: value for name, value in values.items() if value is not None}
    return {"org_secrets": dict(values), "secrets": readable}
