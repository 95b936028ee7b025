"""Where a remote server may answer a run later: one address per attempt, which only we can make.

The address holds the attempt's number and a token derived from SECRET_KEY, so nothing is stored
while a run waits, and an address that nobody was given costs no look at the database. It is not
enough to answer: the callback is signed besides. Made by `flights`, read by `answering`.
"""

import hmac

from django.conf import settings
from django.utils.crypto import salted_hmac

from executions.claims import Claimed
from modules import registry

_SALT = "executions.callback_addresses"


def header(run: Claimed) -> dict[str, object]:
    """What the run frame says of a module that runs elsewhere."""
    endpoint = (run.endpoint or "").strip()
    if run.agent != registry.REMOTE or not endpoint:
        return {}
    remote = {"endpoint": endpoint, "callback_url": _url(run), "task_id": run.task_id}
    return {"remote": remote}


def attempt_of(token: str, execution_id: str) -> int | None:
    """The attempt that the token was made for; None when we did not make it."""
    number, _, _ = token.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return None
    right = _token(execution_id, int(number))
    given = token.encode("utf-8", "replace")
    return int(number) if hmac.compare_digest(right.encode(), given) else None


def _url(run: Claimed) -> str:
    if not settings.PUBLIC_URL:
        return ""
    token = _token(run.execution_id, run.attempt)
    return f"{settings.PUBLIC_URL}/executions/{run.execution_id}/callback?token={token}"


def _token(execution_id: str, attempt: int) -> str:
    said = salted_hmac(_SALT, f"{attempt} {execution_id}", algorithm="sha256")
    return f"{attempt}.{said.hexdigest()}"
