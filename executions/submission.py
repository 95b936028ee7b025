"""A wish to run a module, and the row it becomes. Knows no database.

Built by whoever wants a run (the API, a schedule, a parent run), taken by `dispatch.submit`.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents.encoding import plain_text
from executions.errors import InvalidInputData
from executions.models import Run
from modules.lookup import RunnableModule
from platform_agents.tenancy.models import ApiKey


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Where the end of this one execution is announced, and the organization's secret that signs
    it; None: its signing secret. Checked by `webhooks.addressing`."""

    url: str
    secret_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Submission:
    """`module` is its id, python_module or name; `adopt` is the id of a pending row that the
    gateway inserted; requested_by names the key or user, for the audit. timeout_s and
    start_within_s may shorten what the module's policy says. idempotency_key is unique within the
    organization; whoever makes keys prefixes them, so that no two makers collide. awaited: somebody
    waits for the end, which is announced then. config_version: run with that version of the
    module's config, not with today's. retry_of: the execution that this one repeats. key: whose
    call it is; one that is not proved is asked for again, by `prove`, before anything is said or
    done."""

    org_id: str
    module: str
    input_data: dict[str, Any]
    task_id: str | None = None
    adopt: str | None = None
    origin: str = Run.Origin.API
    requested_by: str = ""
    idempotency_key: str | None = None
    key: ApiKey | None = None
    prove: Callable[[], object] | None = None
    webhook: Webhook | None = None
    timeout_s: float | None = None
    start_within_s: float | None = None
    awaited: bool = False
    config_version: int | None = None
    retry_of: str | None = None

    @property
    def simple(self) -> bool:
        """Nothing but the module has to be looked up for it."""
        return (
            self.idempotency_key is None and self.task_id is None
            and self.adopt is None and self.config_version is None
        )  # fmt: skip

    def fingerprint(self) -> str | None:
        """Equal for equal requests, whatever the order of their keys; None when nobody will ask
        whether this is the same call again."""
        if self.adopt is None and self.idempotency_key is None:
            return None
        same = [
            self.module, self.input_data, self.task_id, self.adopt,
            self.timeout_s, self.start_within_s,
        ]  # fmt: skip
        if self.retry_of is not None:
            same += [self.retry_of, self.config_version]
        if self.webhook is not None:
            same += [self.webhook.url, self.webhook.secret_name]
        return fingerprint(*same)


def fingerprint(*request: Any) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def row(
    submission: Submission, target: RunnableModule, execution_id: str, *, unless_changed: bool
) -> dict[str, Any]:
    """The parameters of enqueue.sql and adopt.sql. Raises InvalidInputData. unless_changed: write
    nothing when the module is not as `target` says any more (enqueue.sql)."""
    policy = target.policy
    return {
        "id": execution_id,
        "org_id": submission.org_id,
        "module_id": target.module_id,
        "reference": submission.module,
        "version": target.version if unless_changed else None,
        "key": submission.key.key if submission.key and not submission.key.proved else None,
        "task_id": submission.task_id,
        "input": input_text(submission.input_data),
        "agent": target.agent.name,
        "lane": target.agent.lane,
        "priority": policy.priority,
        "max_attempts": 1 if policy.at_most_once else policy.max_attempts,
        "at_most_once": policy.at_most_once,
        "timeout_s": _shorter(policy.timeout_s, submission.timeout_s),
        "start_within_s": _shorter(policy.start_within_s, submission.start_within_s),
        "backoff_s": policy.backoff_s,
        "circuit": policy.circuit,
        "idempotency_key": submission.idempotency_key,
        "request_hash": submission.fingerprint(),
        "origin": submission.origin,
        "requested_by": submission.requested_by,
        "awaited": submission.awaited,
        "config_version": target.config_version,
        "retry_of": submission.retry_of,
        "webhook_url": submission.webhook and submission.webhook.url,
        "webhook_secret": submission.webhook and submission.webhook.secret_name,
    }


def _shorter(limit: float | None, wanted: float | None) -> float | None:
    return min((seconds for seconds in (limit, wanted) if seconds is not None), default=None)


def input_text(input_data: dict[str, Any]) -> str:
    """As it is stored, integers to the digit: unlike an output, an input is read by Python again.
    Raises InvalidInputData."""
    if (plain := plain_text(input_data)) is not None:
        return plain
    try:
        text = json.dumps(input_data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode("utf-8")
    except ValueError as error:
        raise InvalidInputData("input_data holds something that JSON text cannot.") from error
    return text
