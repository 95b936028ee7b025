"""A receiver of webhooks for tests: an HTTP server that keeps what it was sent, by execution."""

from typing import Any

from standardwebhooks import Webhook

from tests.http_server import Received
from tests.processes import wait_until


def deliveries(received: list[Received], execution_id: str) -> list[Received]:
    of_webhooks = [r for r in received if "webhook-id" in r.headers]  # agents ask there, too
    return [r for r in of_webhooks if r.json()["data"]["execution_id"] == execution_id]


def delivered(received: list[Received], execution_id: str, *, times: int = 1) -> list[Received]:
    """Once so many of this execution arrived."""
    wait_until(
        lambda: len(deliveries(received, execution_id)) >= times,
        seconds=60,
        what=f"{times} deliveries of {execution_id}",
    )
    return deliveries(received, execution_id)


def verified(request: Received, secret: str) -> Any:
    """The body, once somebody else's implementation found the signature right."""
    return Webhook(secret).verify(request.body, request.headers)
