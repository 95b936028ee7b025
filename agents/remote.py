"""The remote agent: runs a module whose `endpoint` is set, on the server that stands there.

One signed POST per attempt, always with the execution's id as Idempotency-Key. The server answers
with 200 and the result, or with 202 and calls back. Failures are sorted into our error tree; the
runner decides what is tried again. See docs/agents/remote.md, and `remote_contract`.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError

from agents.base import BaseAgent
from agents.callbacks import RemoteRun
from agents.errors import AgentError, InvalidConfig, PermanentError, RateLimited, TransientError
from agents.remote_contract import (
    SHORTEST_KEY,
    SIGNATURE,
    TIMESTAMP,
    Answer,
    check_endpoint,
    signature,
)
from agents.retry_after import retry_after_s
from agents.validation import error_paths, readable

MAX_ANSWER_BYTES = 5 * 1024 * 1024
_MAX_SAID = 300
_SLACK_S = 5.0  # the worker ends a run that is out of time, and says so better than we could
_WITHOUT_DEADLINE_S = 3600.0


def _long_enough(key: SecretStr) -> SecretStr:
    if len(key) < SHORTEST_KEY:
        raise PydanticCustomError(
            "signing_key", "Expected at least {least} characters.", {"least": SHORTEST_KEY}
        )
    return key


class RemoteAgent(BaseAgent):
    """Input and output are whatever the remote server takes and gives."""

    name = "remote"
    aliases = ("remote_agent",)
    about = "Sends the work to a server of yours, at the module's endpoint."
    lane = "io"

    class Config(BaseModel):
        """What the server gets as `config` is everything but signing_key."""

        model_config = ConfigDict(extra="allow")

        signing_key: Annotated[SecretStr, AfterValidator(_long_enough)] = Field(
            description="What both sides sign with: a reference such as ${{ secrets.NAME }}.",
            json_schema_extra={"writeOnly": True, "format": "password"},
        )

    @classmethod
    def preload(cls) -> None:
        """Import the HTTP client."""
        import agents.outbound.client  # noqa: F401, PLC0415

    async def execute(self, input_data: dict[str, Any]) -> dict[str, Any]:
        """Raises PermanentError, TransientError or RateLimited; OutboundRefused for an address
        that may not be reached."""
        remote = self.context.remote
        if remote is None:
            raise InvalidConfig("The module has no endpoint; set the address of its server there.")
        _check(remote.endpoint)
        body = self._body(remote, input_data)
        response = await self.context.http.request(
            "POST", remote.endpoint, headers=self._headers(body), body=body,
            timeout_s=self._timeout_s(), max_bytes=MAX_ANSWER_BYTES,
        )  # fmt: skip
        if response.status == 202:
            answer = _parsed(await self._called_back(remote))
        elif response.status == 200:
            answer = _parsed(response.body)
        else:
            raise failure(response.status, response.headers, response.body)
        if answer.failed:
            raise PermanentError(answer.error or "The remote server reported a failure.")
        # In the envelope that is opened exactly once: an output may look like one itself.
        return {"execution_id": self.context.execution_id, "output": answer.output}

    async def _called_back(self, remote: RemoteRun) -> bytes | bytearray:
        if not remote.callback_url:
            raise PermanentError(
                "The remote server wants to answer later (202), but has no address to call back: "
                "set PUBLIC_URL in the platform's settings, or let it answer at once."
            )
        self.context.log("the remote server answers later")
        return await remote.answer()

    def _body(self, remote: RemoteRun, input_data: dict[str, Any]) -> bytes:
        """Integers to the digit, as they came; most languages can read them."""
        context = self.context
        request = {
            "execution_id": context.execution_id,
            "module_id": context.module_id,
            "org_id": context.org_id,
            "attempt": context.attempt,
            "deadline": _deadline(context.remaining_s()),
            "input_data": input_data,
        }
        optional = {
            "task_id": remote.task_id,
            "config": self.config.model_extra or None,
            "callback_url": remote.callback_url or None,
        }
        request |= {name: value for name, value in optional.items() if value is not None}
        return json.dumps(request, allow_nan=False, separators=(",", ":")).encode()

    def _headers(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        key = self.config.signing_key.get_secret_value()
        return {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": self.context.execution_id,
            TIMESTAMP: timestamp,
            SIGNATURE: signature(key, timestamp=timestamp, body=body),
        }

    def _timeout_s(self) -> float:
        remaining_s = self.context.remaining_s()
        return _WITHOUT_DEADLINE_S if remaining_s is None else remaining_s + _SLACK_S


def _check(endpoint: str) -> None:
    """It was checked when the run was accepted, but a module that is called by another was not."""
    try:
        check_endpoint(endpoint)
    except ValueError as error:
        raise InvalidConfig(f"endpoint: {error}") from None


def _deadline(remaining_s: float | None) -> str | None:
    if remaining_s is None:
        return None
    moment = datetime.now(UTC) + timedelta(seconds=min(remaining_s, 366 * 86_400))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parsed(body: bytes | bytearray) -> Answer:
    try:
        return Answer.model_validate(json.loads(body))
    except ValidationError as error:
        why = readable(error_paths(error, "answer"))
        raise PermanentError(f"The remote server's answer is not as expected. {why}") from None
    except (ValueError, RecursionError):
        raise PermanentError(
            "The remote server's answer is not JSON; expected an object with `output`, or with "
            "`status` and `error`."
        ) from None


def failure(status: int, headers: Any, body: bytes) -> AgentError:
    """Our error for a status that is neither 200 nor 202."""
    said = _said(body)
    if status == 429 or (status == 503 and "retry-after" in headers):
        return RateLimited(
            f"The remote server asks for patience ({status}){said}",
            retry_after_s=retry_after_s(headers),
        )
    if status >= 500:
        return TransientError(f"The remote server failed ({status}){said}")
    if status >= 400:
        return PermanentError(f"The remote server refused the request ({status}){said}")
    if status >= 300:
        return PermanentError(
            f"The remote server redirects ({status}); redirects are not followed. Set the module's "
            "endpoint to the final address."
        )
    return PermanentError(f"The remote server answered {status}; expected 200 or 202.")


def _said(body: bytes) -> str:
    """`: its own words`, or a full stop. Only the message of a JSON error is shown: the endpoint
    may be anything, and no page of another service belongs into a run's error."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return "."
    found = value if isinstance(value, dict) else {}
    texts = [found.get(key) for key in ("error", "detail", "message")]
    text = next((text for text in texts if isinstance(text, str)), "")
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return f": {line[:_MAX_SAID]}" if line else "."
