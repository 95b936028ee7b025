"""Two organizations with a row of everything, and people who may operate them."""

import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from platform_agents.tenancy.models import Membership, Organization, Secret
from tests import factories
from tests.factories import Org

PAGES = [
    "tenancy/organization",
    "tenancy/platformuser",
    "tenancy/apikey",
    "modules/module",
    "modules/moduleschedule",
    "executions/task",
    "executions/moduleexecution",
    "executions/run",
    "executions/step",
    "executions/approval",
    "modules/modulepolicy",
    "modules/modulecircuit",
    "tenancy/orgpolicy",
    "tenancy/secret",
    "modules/modulewebhook",
    "executions/delivery",
]
LISTS = [*PAGES, "tenancy/membership"]
ADMIN_PAGES = ["tenancy/auditentry", "executions/signingsecret"]
"""For admins of an organization; operators do not know of them."""
SUPERUSER_PAGES = ["tenancy/planpolicy", "executions/killswitch"]
EVERY_ROW = "the tests of the admin set up rows of all organizations"


@dataclass(frozen=True, kw_only=True)
class Shop:
    """An organization and one row of each kind, each marked with the organization's name."""

    org: Org
    name: str
    module: str
    task: str
    execution: str
    run: str
    schedule: str
    step: str
    approval: str
    secret: str
    webhook: str
    delivery: str

    def ids(self) -> dict[str, str]:
        """admin page -> id of this organization's row there."""
        return {
            "tenancy/organization": self.org.id,
            "tenancy/platformuser": self.org.user_id,
            "tenancy/apikey": self.org.key_id,
            "modules/module": self.module,
            "modules/moduleschedule": self.schedule,
            "executions/task": self.task,
            "executions/moduleexecution": self.execution,
            "executions/run": self.run,
            "executions/step": self.step,
            "executions/approval": self.approval,
            "modules/modulepolicy": self.module,
            "modules/modulecircuit": self.module,
            "tenancy/orgpolicy": self.org.id,
            "tenancy/secret": self.secret,
            "modules/modulewebhook": self.webhook,
            "executions/delivery": self.delivery,
        }

    def marks(self) -> list[str]:
        """Texts that only this organization's rows hold."""
        return [self.name, self.org.key, self.org.key[4:], *self.ids().values()]


def shop(name: str) -> Shop:
    with connection.cursor() as cursor:
        org = factories.organization(cursor, name=name)
        module = factories.module(cursor, org=org, name=f"{name} module")
        task = factories.task(cursor, org=org)
        cursor.execute(
            "UPDATE public.tasks SET description = %s WHERE id = %s", [f"{name} task", task]
        )
        execution = factories.gateway_row(cursor, org=org, module_id=module)
        run = f"run-of-{org.id}"
        cursor.execute(
            "INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane) "
            "VALUES (%s, %s, %s, 'echo', 'io')",
            [run, org.id, module],
        )
        factories.policy(cursor, org=org, module_id=module, circuit_failures=3)
        cursor.execute(
            "INSERT INTO modules_circuit (module_id, org_id, failures) VALUES (%s, %s, 2)",
            [module, org.id],
        )
        cursor.execute(
            "INSERT INTO tenancy_policy (org_id, pause_reason) VALUES (%s, %s)",
            [org.id, f"{name} is late with its money"],
        )
        step, approval, schedule, secret = (_number() for _ in range(4))
        cursor.execute(
            "INSERT INTO executions_step (id, execution_id, org_id, step, status, attempt) "
            "VALUES (%s, %s, %s, %s, 'completed', 1)",
            [step, run, org.id, f"{name} step"],
        )
        cursor.execute(
            "INSERT INTO executions_approval (id, execution_id, org_id, step, title, expires_at) "
            "VALUES (%s, %s, %s, 'ask', %s, now() + interval '1 hour')",
            [approval, run, org.id, f"{name} asks"],
        )
        cursor.execute(
            "INSERT INTO modules_schedule "
            "(id, org_id, module_id, name, interval_s, input, next_at) "
            "VALUES (%s, %s, %s, %s, 3600, '{}', now() + interval '1 hour')",
            [schedule, org.id, module, f"{name} schedule"],
        )
        webhook = factories.webhook(
            cursor, org=org, module_id=module, url=f"https://{name.lower()}.example/hook"
        )
        delivery = f"msg_{_number()}"
        cursor.execute(
            "INSERT INTO executions_delivery "
            "(id, org_id, execution_id, module_id, url, host, outcome, state, settled_at) "
            "VALUES (%s, %s, %s, %s, %s, '', 'failed', 'failed', now())",
            [delivery, org.id, run, module, f"https://{name.lower()}.example/hook"],
        )
        sealed = Secret(id=int(secret), org_id=org.id, name=f"KEY_OF_{name.upper()}")
        sealed.seal(f"{name}'s own value")
        sealed.save()
    return Shop(
        org=org, name=name, module=module, task=task, execution=execution, run=run,
        schedule=schedule, step=step, approval=approval, secret=secret,
        webhook=webhook, delivery=delivery,
    )  # fmt: skip


def _number() -> str:
    """One that is found nowhere else by chance."""
    return str(secrets.randbelow(10**15) + 10**15)


@pytest.fixture
def acme(db: None) -> Shop:
    return shop("Acme")


@pytest.fixture
def globex(db: None) -> Shop:
    return shop("Globex")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff(name: str, **memberships: tuple[Shop, str]) -> Client:
    """A signed-in member of staff: staff("ann", a=(acme, "operator"))."""
    user = User.objects.create_user(name, password="x", is_staff=True)
    for where, role in memberships.values():
        member(user, where, role)
    return signed_in(user)


def member(user: User, where: Shop, role: str) -> Any:
    org = Organization.objects.for_org(where.org.id).get()
    return Membership.objects.unscoped(EVERY_ROW).create(user=user, org=org, role=role)


@pytest.fixture
def operator(acme: Shop, globex: Shop) -> Client:
    """An operator of Acme; Globex is there too."""
    return staff("ann", acme=(acme, "operator"))


@pytest.fixture
def superuser(acme: Shop, globex: Shop) -> Client:
    return signed_in(User.objects.create_superuser("root", password="x"))


def text(client: Client, path: str, status: int = 200, **query: Any) -> str:
    response = client.get(f"/admin/{path}", query)
    assert response.status_code == status, f"{path}: {response.status_code}"
    return response.content.decode()


def shown(client: Client, path: str, marks: list[str], **query: Any) -> list[str]:
    body = text(client, path, **query)
    return [mark for mark in marks if mark in body]
