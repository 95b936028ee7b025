"""The secret that a delivery is signed with: the webhook's own, the organization's secret that the
call named, or the organization's signing secret.

`read` and `organizations_own` take a `fetch`, so that the web process and the deliverer share them.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from executions.models import SigningSecret
from executions.webhooks.outbox import Due
from modules.models import ModuleWebhook
from modules.webhook_signing import EXPECTED, InvalidSigningSecret, key_of, new_secret
from platform_agents.tenancy import secrets
from platform_agents.tenancy.secrets_sealing import CannotUnseal

Fetch = Callable[[str, Sequence[Any]], Sequence[tuple[Any, ...]]]

_READ = "SELECT key_id, box FROM executions_signing_secret WHERE org_id = %s"
_MAKE = """
INSERT INTO executions_signing_secret AS s (org_id, key_id, box) VALUES (%s, %s, %s)
ON CONFLICT (org_id) DO UPDATE SET org_id = s.org_id RETURNING key_id, box"""


class CannotSign(Exception):
    """Why, for operators. Somebody may put it right, so it is tried again."""


def secret_for(fetch: Fetch, due: Due) -> str:
    """Raises CannotSign."""
    try:
        if due.webhook_id is not None:
            assert due.key_id is not None
            assert due.box is not None
            row = ModuleWebhook(
                id=due.webhook_id, org_id=due.org_id, key_id=due.key_id, box=due.box
            )
            return row.value()
        if due.secret_name is None:
            return organizations_own(fetch, due.org_id)
    except (CannotUnseal, ImproperlyConfigured) as error:
        raise CannotSign(f"The signing secret cannot be decrypted. {error}") from error
    return named(fetch, org_id=due.org_id, name=due.secret_name)


def named(fetch: Fetch, *, org_id: str, name: str) -> str:
    """The organization's secret of this name, usable for signing. Raises CannotSign."""
    found = secrets.read(fetch, [(org_id, name)])
    if (org_id, name) not in found:
        raise CannotSign(f"The organization has no secret {name}; set it in the admin.")
    if (value := found[org_id, name]) is None:
        raise CannotSign(f"The secret {name} cannot be decrypted; set it anew in the admin.")
    try:
        key_of(value)
    except InvalidSigningSecret:
        raise CannotSign(f"The secret {name} cannot sign: expected {EXPECTED}.") from None
    return value


def organizations_own(fetch: Fetch, org_id: str) -> str:
    """Made when there is none. Raises CannotUnseal, ImproperlyConfigured."""
    rows = fetch(_READ, [org_id])
    if not rows:
        made = SigningSecret(org_id=org_id)
        made.seal(new_secret())
        rows = fetch(_MAKE, [org_id, made.key_id, made.box])
    [(key_id, box)] = rows
    return SigningSecret(org_id=org_id, key_id=key_id, box=box).value()
