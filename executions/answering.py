"""`accept`: a remote server answers a run later. Called by the view, for callers without a key.

Who may answer: whoever has the address of the attempt that is open now, and signs with the key of
the module. What is accepted is stored in the statement that checks that the attempt is still open,
and once only. The worker that waits for it is told afterwards.
"""

import logging
import time
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from pydantic import ValidationError

from agents.errors import InvalidConfig
from agents.remote_contract import SIGNATURE, TIMESTAMP, Answer, is_signed
from agents.secrets import filled, names_in
from agents.validation import error_paths
from executions import sql, wakeups
from executions.callback_addresses import attempt_of
from executions.errors import ExecutionNotFound, InvalidRequest, InvalidSignature, NotWaiting
from modules.errors import InvalidModuleConfig
from modules.registry import REMOTE
from platform_agents.postgres.prepared import fetch
from platform_agents.shared_schema.json_text import parsed
from platform_agents.shared_schema.strict_json import parse
from platform_agents.tenancy import secrets

logger = logging.getLogger(__name__)

_ANSWER = sql.read("answer.sql")
_OPEN = """
SELECT r.org_id, m.config FROM executions_run r
JOIN public.modules m ON m.id = r.module_id AND m.org_id = r.org_id
WHERE r.execution_id = %s AND r.attempt = %s AND r.outcome IS NULL AND r.agent = %s"""
_OVER = "The attempt that this address belongs to is over, or was answered already."


def accept(execution_id: str, *, token: str, timestamp: str, signature: str, body: bytes) -> None:
    """Raises ExecutionNotFound for an address that we did not make, NotWaiting, InvalidSignature,
    InvalidModuleConfig when there is no key to check with, InvalidRequest."""
    attempt = attempt_of(token, execution_id)
    if attempt is None:
        raise ExecutionNotFound("No such execution, or not the address to answer it.")
    rows = fetch(_OPEN, [execution_id, attempt, REMOTE])
    if not rows:
        raise NotWaiting(_OVER)
    org_id, config = rows[0]
    key = _signing_key(org_id, config)
    if not is_signed(key, timestamp=timestamp, given=signature, body=body, now_s=time.time()):
        raise InvalidSignature(
            f"{SIGNATURE} must be v1= and the HMAC-SHA256, in hexadecimal digits, of {TIMESTAMP} "
            "(seconds since 1970, at most five minutes from now), a full stop and the body."
        )
    given = {"id": execution_id, "org_id": org_id, "attempt": attempt, "body": _checked(body)}
    answered = fetch(_ANSWER, given)
    if not answered:
        raise NotWaiting(_OVER)
    _tell(answered[0][0], execution_id)


def _signing_key(org_id: str, config_text: str | None) -> str:
    config = parsed(config_text)
    given = config.get("signing_key") if isinstance(config, dict) else None
    if not isinstance(given, str) or not given:
        raise InvalidModuleConfig("The module's config has no signing_key any more.")
    wanted = {(org_id, name) for name in names_in(f'"{given}"')}
    found = secrets.read(fetch, wanted) if wanted else {}
    try:
        key: str = filled(given, {name: value for (_, name), value in found.items()})
    except InvalidConfig as error:
        raise InvalidModuleConfig("The module's signing_key cannot be read.") from error
    return key


def _checked(body: bytes) -> str:
    """The body as text, once it is an answer. The run's agent reads it again."""
    try:
        text = body.decode()
        Answer.model_validate(parse(text))
    except ValidationError as error:
        what = "The answer is not as expected."
        raise InvalidRequest(what, error_paths(error, "answer")) from error
    except ValueError as error:
        raise InvalidRequest("The answer is not valid JSON in UTF-8.") from error
    return text


def _tell(worker: Any, execution_id: str) -> None:
    """Best effort: whoever waits looks every few seconds."""
    try:
        with connection.cursor() as cursor:
            wakeups.announce(cursor, wakeups.RUN_ANSWERED, [f"{worker} {execution_id}"])
    except (OperationalError, InterfaceError) as error:
        logger.warning("an answer was not announced: %s", str(error).partition("\n")[0])
