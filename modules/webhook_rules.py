"""Which addresses a webhook may have. Asked when one is saved, and for each call that names one.

What a name leads to is decided when something is delivered: DNS may say something else by then.
"""

from django.conf import settings

from agents.errors import AgentError
from agents.gateway import checked_path
from agents.remote_contract import check_endpoint

_NO_GATEWAY = (
    "A path is delivered to the platform's own API, and its address is not set; whoever runs the "
    "platform has to set NODE_API_URL. Otherwise give an https address."
)


def is_path(url: str) -> bool:
    """Whether it means the gateway."""
    return url.startswith("/")


def check_url(url: str) -> None:
    """Raises ValueError, for people."""
    try:
        _check(url)
    except AgentError as error:
        raise ValueError(str(error)) from error


def _check(url: str) -> None:
    if not is_path(url):
        from agents.outbound.urls import checked_url  # noqa: PLC0415  brings yarl in

        check_endpoint(url)
        checked_url(url, settings.OUTBOUND)
        return
    checked_path(url)
    if not settings.NODE_API_URL:
        raise ValueError(_NO_GATEWAY)
