"""Whether a call may have its end announced where it says. Asked once, when it is submitted.

What is refused here would fail for a day later on, and nobody would be told.
"""

from django.core.exceptions import ImproperlyConfigured

from executions.errors import InvalidRequest, SigningUnavailable
from executions.webhooks.signing import CannotSign, named
from modules.webhook_rules import check_url
from platform_agents.postgres.prepared import fetch
from platform_agents.tenancy.secrets_sealing import current_key_id

_WHAT = "The webhook of this call cannot be used."


def check(*, org_id: str, url: str, secret_name: str | None) -> None:
    """Raises InvalidRequest for the call's faults, SigningUnavailable for the platform's. Writes
    nothing: the organization's signing secret is made with the first delivery."""
    try:
        check_url(url)
    except ValueError as error:
        raise InvalidRequest(_WHAT, {"webhook_url": [str(error)]}) from error
    try:
        if secret_name is not None:
            named(fetch, org_id=org_id, name=secret_name)
        current_key_id()
    except CannotSign as error:
        raise InvalidRequest(_WHAT, {"webhook_secret_name": [str(error)]}) from error
    except ImproperlyConfigured as error:
        raise SigningUnavailable(
            "Webhooks cannot be signed; whoever runs the platform has to check SECRETS_KEY."
        ) from error
