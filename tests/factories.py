"""Rows for tests, made with plain SQL so that they work on any connection to any test database.

Every test makes its own organizations (two of them, where tenants matter) and never cleans up
after itself: nothing is shared that could collide.
"""

import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

from modules.webhook import ModuleWebhook
from modules.webhook_signing import new_secret
from platform_agents.tenancy.secrets_sealing import seal


class Connection(Protocol):
    def execute(self, query: str, params: Any = None) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Org:
    id: str
    name: str
    key: str
    key_id: str
    user_id: str


def organization(conn: Connection, *, name: str = "Acme") -> Org:
    """An organization with a user and an API key."""
    org_id, key_id, user_id = (uuid.uuid4().hex for _ in range(3))
    key = f"abw_{secrets.token_hex(32)}"
    conn.execute("INSERT INTO public.organizations (id, name) VALUES (%s, %s)", [org_id, name])
    conn.execute(
        "INSERT INTO public.users (id, name, email, password, org_id) VALUES (%s, %s, %s, %s, %s)",
        [user_id, f"{name} user", f"{user_id}@example.com", "$2b$10$x", org_id],
    )
    conn.execute(
        "INSERT INTO public.api_keys (id, org_id, name, key) VALUES (%s, %s, %s, %s)",
        [key_id, org_id, f"{name} key", key],
    )
    return Org(id=org_id, name=name, key=key, key_id=key_id, user_id=user_id)


def module(
    conn: Connection,
    *,
    org: Org,
    python_module: str = "echo",
    name: str = "A module",
    category: str = "test",
    config: Any = None,
    config_text: str | None = None,
    status: str = "active",
    endpoint: str | None = None,
) -> str:
    """The id of a new module. config_text goes into the column as it is, however broken."""
    module_id = uuid.uuid4().hex
    text = config_text if config is None else json.dumps(config)
    conn.execute(
        "INSERT INTO public.modules "
        "(id, name, category, python_module, endpoint, config, status, org_id) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [module_id, name, category, python_module, endpoint, text, status, org.id],
    )
    return module_id


def secret(conn: Connection, *, org: Org, name: str, value: str, sealed_for: str = "") -> None:
    """A secret of the organization. sealed_for: as if its ciphertext came from another one."""
    sealed = seal(value, org_id=sealed_for or org.id, name=name)
    conn.execute(
        "INSERT INTO tenancy_secret (org_id, name, key_id, box, created_at, updated_at) "
        "VALUES (%s, %s, %s, %s, now(), now())",
        [org.id, name, sealed.key_id, sealed.box],
    )


def task(conn: Connection, *, org: Org) -> str:
    task_id = uuid.uuid4().hex
    conn.execute(
        "INSERT INTO public.tasks (id, description, user_id, org_id) VALUES (%s, 'a task', %s, %s)",
        [task_id, org.user_id, org.id],
    )
    return task_id


def policy(conn: Connection, *, org: Org, module_id: str, **columns: Any) -> None:
    """The module's policy; what is not given is the platform's default."""
    names = "".join(f", {name}" for name in columns)
    conn.execute(
        f"INSERT INTO modules_policy (module_id, org_id{names}) "
        f"VALUES (%s, %s{', %s' * len(columns)})",
        [module_id, org.id, *columns.values()],
    )


def webhook(
    conn: Connection, *, org: Org, module_id: str, url: str, signed_with: str = "", **columns: Any
) -> str:
    """The id of a new webhook of the module. signed_with: its secret, a new one unless given."""
    hook = ModuleWebhook(org_id=org.id, module_id=module_id, url=url, **columns)
    hook.seal(signed_with or new_secret())
    conn.execute(
        "INSERT INTO modules_webhook (id, org_id, module_id, url, key_id, box, outcomes, enabled) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [hook.id, org.id, module_id, url, hook.key_id, hook.box, hook.outcomes, hook.enabled],
    )
    return hook.id


def queued_run(conn: Connection, *, org: Org, module_id: str, **columns: Any) -> str:
    """The id of a new run of the echo agent, with the gateway's row beside it."""
    execution_id = gateway_row(conn, org=org, module_id=module_id)
    columns = {"agent": "echo", "lane": "io", **columns}
    conn.execute(
        f"INSERT INTO executions_run (execution_id, org_id, module_id, {', '.join(columns)}) "
        f"VALUES (%s, %s, %s{', %s' * len(columns)})",
        [execution_id, org.id, module_id, *columns.values()],
    )
    return execution_id


def gateway_row(
    conn: Connection, *, org: Org, module_id: str, status: str = "pending", input_data: Any = None
) -> str:
    """A module_executions row as the gateway inserts it before it calls us."""
    execution_id = uuid.uuid4().hex
    conn.execute(
        "INSERT INTO public.module_executions (id, module_id, org_id, input, status) "
        "VALUES (%s, %s, %s, %s, %s)",
        [execution_id, module_id, org.id, json.dumps(input_data or {}), status],
    )
    return execution_id
