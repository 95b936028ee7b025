"""What went wrong at the model server, in our error tree: the map from status to error.

Network failures all read the same, so that a module's base_url cannot be used to learn which ports
are open where. Upstream text is shown scrubbed of keys and short. Called by `completion`.
"""

import re
from collections.abc import Mapping
from typing import Any

from openai import APIStatusError

from agents.chat.endpoint import Endpoint
from agents.errors import AgentError, PermanentError, RateLimited, TransientError
from agents.retry_after import retry_after_s

_MAX_TEXT = 300
_KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|sess|key|gsk|xai)-[\w*.\-]{4,}|(?i:bearer\s+)\S+")
_WAIT_MAY_HELP = {408, 409, 425}
_ABOUT_FORMATS = re.compile(r"(?i)response.?format|json.?schema|json.?object|structured.?output")
_NO_SUCH_MODEL = {"model_not_found", "DeploymentNotFound"}


class RequestRefused(PermanentError):
    """The server refused this very request; `said` is its reason, scrubbed. Whoever can ask in
    another way, or another model, decides by it."""

    def __init__(self, message: str, *, status: int, said: str, server_code: object = None) -> None:
        super().__init__(message)
        self.status = status
        self.said = said
        self.server_code = server_code

    @property
    def is_model_missing(self) -> bool:
        """Whether the server does not have the model (or the address is wrong, which looks the
        same on some servers)."""
        return self.status == 404 or self.server_code in _NO_SUCH_MODEL

    @property
    def is_format_unknown(self) -> bool:
        """Whether it is about the form of the answer that was asked for."""
        return self.status in (400, 422, 501) and bool(_ABOUT_FORMATS.search(self.said))


def unreachable(endpoint: Endpoint) -> TransientError:
    """The one error for no connection, a broken one, and no answer in time."""
    return TransientError(
        f"The model server {endpoint.host} gave no complete answer in time: it could not be "
        "reached, broke off, or was too slow."
    )


def refused_status(error: APIStatusError, endpoint: Endpoint) -> AgentError:
    """Our error for an answer whose status is not 2xx."""
    said = upstream_text(error.body, endpoint)
    return status_failure(error.status_code, said, endpoint, error.response.headers, error.body)


def status_failure(
    status: int, said: str, endpoint: Endpoint, headers: Mapping[str, str], body: object
) -> AgentError:
    """`said`: the server's own words, already scrubbed."""
    server = f"The model server {endpoint.host}"
    if status in (401, 403):
        return PermanentError(_key_refused(status, said, endpoint))
    if status == 429 and _is_out_of_quota(body):
        return PermanentError(f"{server} says that the account's quota is used up (429){said}")
    if status == 429:
        return RateLimited(
            f"{server} asks for patience (429){said}", retry_after_s=retry_after_s(headers)
        )
    if status >= 500 or status in _WAIT_MAY_HELP:
        return TransientError(f"{server} failed ({status}){said}")
    if 300 <= status < 400:
        return PermanentError(f"{server} redirects ({status}); redirects are not followed.")
    return RequestRefused(
        f"{server} refused the request ({status}){said}",
        status=status,
        said=said,
        server_code=_error_in(body).get("code"),
    )


def upstream_text(body: object, endpoint: Endpoint) -> str:
    """`: what it said`, or a full stop. Only an API error's message is shown: a base_url may
    point at anything, and no page or file of another service belongs into a run's error."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    message = error.get("message") if isinstance(error, dict) else error
    text = shown(message, endpoint) if isinstance(message, str) else ""
    return f": {text}" if text else "."


def shown(text: str, endpoint: Endpoint) -> str:
    """On one line, without the key or anything that looks like one, at most 300 characters."""
    if endpoint.key:
        text = text.replace(endpoint.key, "…")
    line = " ".join(_KEY_LIKE.sub("…", text).split())
    line = "".join(character for character in line if character.isprintable())
    return line if len(line) <= _MAX_TEXT else f"{line[:_MAX_TEXT]}…"


def _key_refused(status: int, said: str, endpoint: Endpoint) -> str:
    if not endpoint.key:
        return (
            f"The model server {endpoint.host} wants an API key ({status}); set api_key in the "
            "module's config."
        )
    setting = "api_key in the module's config" if endpoint.owner else "OPENAI_API_KEY"
    reason = "." if status == 401 else said  # 401 texts repeat parts of the key
    return (
        f"The model server {endpoint.host} refused the API key ({status}); check {setting}{reason}"
    )


def _is_out_of_quota(body: Any) -> bool:
    error = _error_in(body)
    return "insufficient_quota" in (error.get("code"), error.get("type"))


def _error_in(body: Any) -> dict[str, Any]:
    """openai hands on the body's `error` or, where there is none, the whole body."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    return error if isinstance(error, dict) else {}
