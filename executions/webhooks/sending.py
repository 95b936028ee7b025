"""One attempt of a delivery: what it needs, the request, and what its answer means.

Imported by the deliverer with the first delivery, because it brings aiohttp in. A delivery goes out
through the same guard as an agent's requests; no redirect is followed.
"""

from dataclasses import dataclass

from django.conf import settings

from agents import gateway
from agents.errors import AgentError, OutboundRefused
from agents.gateway import InvalidPath
from agents.outbound import Client, Policy, Response
from agents.retry_after import retry_after_s
from agents.secrets import Scrubber
from executions.event_log import storable
from executions.webhooks import message
from executions.webhooks.outbox import Due, Verdict
from executions.webhooks.pauses import next_in_s
from executions.webhooks.signing import CannotSign, Fetch, secret_for
from modules.webhook_rules import is_path
from modules.webhook_signing import InvalidSigningSecret
from platform_agents.tenancy import gateway_keys

_GONE = 410
_MOST_ANSWER = 1024 * 1024
_KEPT_CHARACTERS = 500


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A signed request, and what it may reach."""

    url: str
    headers: dict[str, str]
    body: bytes
    policy: Policy


def prepared(fetch: Fetch, due: Due) -> Letter | Verdict:
    """With all that only the database knows; or why there is nothing to send."""
    if reason := _undeliverable(due):
        return Verdict(error=reason)
    try:
        sent = message.body(due)
        headers = message.headers(due, sent, secret=secret_for(fetch, due))
        if not is_path(due.url):
            return Letter(url=due.url, headers=headers, body=sent, policy=settings.OUTBOUND)
        key = {gateway.KEY_HEADER: _gateway_key(fetch, due.org_id)}
        url = f"{settings.NODE_API_URL}{gateway.checked_path(due.url)}"
    except InvalidPath as error:
        return Verdict(error=str(error))
    except (CannotSign, InvalidSigningSecret) as error:
        return _failed(due, str(error))
    policy = gateway.policy(settings.NODE_API_URL)
    return Letter(url=url, headers={**headers, **key}, body=sent, policy=policy)


async def attempt(due: Due, letter: Letter) -> Verdict:
    client = Client(letter.policy, owner=f"webhooks of {due.org_id}")
    try:
        answer = await client.request(
            "POST", letter.url, headers=letter.headers, body=letter.body,
            timeout_s=settings.WEBHOOK_TIMEOUT_SECONDS, max_bytes=_MOST_ANSWER,
        )  # fmt: skip
    except OutboundRefused as error:
        return Verdict(error=str(error))
    except AgentError as error:
        return _failed(due, str(error))
    hidden = Scrubber([letter.headers.get(gateway.KEY_HEADER)])
    return _verdict(due, answer, storable(hidden.text(answer.text())[:_KEPT_CHARACTERS]))


def _undeliverable(due: Due) -> str:
    if due.attempts > settings.WEBHOOK_ATTEMPTS:
        return "Its deliverer died in every attempt."
    if due.org_gone:
        return "The organization was deleted."
    if due.webhook_id is not None and due.enabled is None:
        return "The webhook was deleted."
    if due.enabled is False:
        return "The webhook is disabled."
    return ""


def _gateway_key(fetch: Fetch, org_id: str) -> str:
    """Raises CannotSign."""
    if not settings.NODE_API_URL:
        raise CannotSign("NODE_API_URL is not set; whoever runs the platform has to set it.")
    key = gateway_keys.read(fetch, [org_id]).get(org_id)
    if key is None:
        raise CannotSign("The organization has no API key to show to the platform's API.")
    return key


def _verdict(due: Due, answer: Response, body: str) -> Verdict:
    if 200 <= answer.status < 300:
        return Verdict(delivered=True, status=answer.status, body=body)
    if answer.status == _GONE:
        gone = "The receiver answered 410 Gone: it wants no more of them."
        return Verdict(status=_GONE, error=gone, body=body, gone=True)
    wait_s = retry_after_s({"retry-after": answer.headers.get("Retry-After", "")})
    said = f"The receiver answered {answer.status}; expected 200 to 299."
    return _failed(due, said, status=answer.status, body=body, wait_s=wait_s)


def _failed(
    due: Due, error: str, *, status: int | None = None, body: str = "", wait_s: float | None = None
) -> Verdict:
    again_in_s = next_in_s(due.attempts, retry_after_s=wait_s)
    return Verdict(again_in_s=again_in_s, status=status, error=error, body=body)
