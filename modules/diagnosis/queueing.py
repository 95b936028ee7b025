"""What a module's policy and the pauses hold back, and values of a policy without effect."""

from collections.abc import Iterator

from django.conf import settings

from modules.diagnosis.finding import Finding
from modules.diagnosis.surroundings import Surroundings
from modules.models import Module, ModulePolicy


def pauses(module: Module, beside: Surroundings) -> Iterator[Finding]:
    policy = beside.policies.get(module.id)
    if policy is not None and policy.paused:
        how = f"manage.py resume --module {module.id}"
        yield _pause("policy.paused", "module", policy.pause_reason, how)
    if (reason := beside.paused_orgs.get(module.org_id)) is not None:
        how = f"manage.py resume --org {module.org_id}"
        yield _pause("organization", "organization", reason, how)


def _pause(path: str, whose: str, reason: str, how: str) -> Finding:
    why = f" ({reason})" if reason else ""
    message = f"The {whose} is paused{why}, so its runs wait. To go on: {how}"
    return Finding(blocks=True, path=path, message=message)


def oddities(module: Module, policy: ModulePolicy | None) -> Iterator[Finding]:
    if policy is None:
        return
    if policy.org_id != module.org_id:
        yield _odd("org_id", "The policy names another organization than the module does.")
    if policy.at_most_once and (policy.max_attempts or 1) > 1:
        yield _odd("max_attempts", "It has no effect: at_most_once never starts a run twice.")
    if policy.backoff_s:
        yield from _odd_backoff(policy, policy.backoff_s)


def _odd_backoff(policy: ModulePolicy, backoff_s: float) -> Iterator[Finding]:
    attempts = policy.max_attempts or settings.RUN_MAX_ATTEMPTS
    longest_s = settings.RUN_MAX_BACKOFF_SECONDS
    if policy.at_most_once or attempts == 1:
        yield _odd("backoff_s", "It has no effect: a run of this module has one attempt.")
    elif backoff_s > longest_s:
        yield _odd("backoff_s", f"Pauses end after {longest_s:g} s: RUN_MAX_BACKOFF_SECONDS.")


def _odd(field: str, message: str) -> Finding:
    return Finding(blocks=False, path=f"policy.{field}", message=message)
