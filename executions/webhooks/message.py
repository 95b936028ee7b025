"""What a receiver is sent: the body, the same at every attempt, and the headers around it."""

import time
from datetime import UTC, datetime
from typing import Any

from agents.encoding import jsonable, to_json
from agents.errors import InvalidOutput
from executions.webhooks.outbox import Due
from modules.webhook_signing import signature
from platform_agents.shared_schema.json_text import InvalidJson, parsed

USER_AGENT = "platform-agents-webhooks/1"
_DELETED = "The execution was deleted."


def body(due: Due) -> bytes:
    """output is null, and output_omitted true, when it is longer than outbox.MOST_OUTPUT."""
    return to_json(
        {
            "type": f"execution.{due.outcome}",
            "timestamp": _time(due.created_at),
            "data": {
                "execution_id": due.execution_id,
                "org_id": due.org_id,
                "module_id": due.module_id,
                "task_id": due.task_id,
                "status": due.status or "failed",
                "outcome": due.outcome,
                "error": _DELETED if due.row_gone else due.error,
                "output": _output(due.output),
                "output_omitted": due.output_omitted,
                "started_at": _time(due.started_at),
                "completed_at": _time(due.completed_at),
            },
        }
    ).encode()


def headers(due: Due, sent: bytes, *, secret: str) -> dict[str, str]:
    """Raises InvalidSigningSecret."""
    now = int(time.time())
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": due.id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, message_id=due.id, timestamp=now, body=sent),
    }


def _output(text: str | None) -> Any:
    """As `GET /executions/{id}` shows it."""
    value = parsed(text)
    if isinstance(value, InvalidJson):
        value = str(value)
    try:
        return jsonable(value)
    except InvalidOutput:
        return None  # another writer's, which JSON cannot say


def _time(value: datetime | None) -> str | None:
    if value is None:
        return None
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
