"""Headers and parts of paths that the API knows, each described once."""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}

IN_PATH: dict[str, str] = {
    "execution_id": "The execution, as POST /execute named it.",
    "module_id": "The module's id.",
    "step": "The step that asks, as `approvals` of the execution names it.",
}
SENT: dict[str, dict[str, Any]] = {
    "Prefer": {
        "description": "`respond-async`: do not wait for the result. `wait=N`: wait at most N "
        "seconds. Without it the call waits EXECUTE_WAIT_SECONDS.",
        "schema": _TEXT,
        "examples": {
            "do not wait": {"value": "respond-async"},
            "wait five seconds": {"value": "wait=5"},
        },
    },
    "Idempotency-Key": {
        "description": "1 to 255 visible ASCII characters. The same key and body in the same "
        "organization is the same execution; with another body it is refused.",
        "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
    },
    "Last-Event-ID": {
        "description": "The `id` that a stream gave last; wins over `after_seq`.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    },
    "X-Platform-Timestamp": {
        "description": "Seconds since 1970, at most five minutes from now.",
        "schema": _TEXT,
        "required": True,
    },
    "X-Platform-Signature": {
        "description": "`v1=` and the HMAC-SHA256, in hexadecimal digits, of the timestamp, a full "
        "stop and the body, with the module's signing key.",
        "schema": _TEXT,
        "required": True,
    },
    "Authorization": {"description": "`Bearer` and METRICS_TOKEN.", "schema": _TEXT},
}
REQUEST_ID: dict[str, Any] = {
    "description": "The caller's, when it sent one of 1 to 128 letters, digits, `.`, `_` or `-`; "
    "else a new one. The server's log lines about the call have it.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"},
    "required": True,
}
ANSWERED: dict[str, dict[str, Any]] = {
    "X-Request-Id": REQUEST_ID,
    "Location": {
        "description": "Where the execution can be read.",
        "schema": _TEXT,
        "required": True,
    },
    "Retry-After": {
        "description": "Whole seconds until it makes sense to ask again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "required": True,
    },
}


def sent(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", **SENT[name]}


def in_path(name: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1}
    what = IN_PATH[name]
    return {"name": name, "in": "path", "required": True, "description": what, "schema": schema}
