"""Two executions of one module, side by side. Called by `compare_page`.

Both are of the same organization and module: whoever may see the one may see the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from executions.admin_page import usage, values, words
from executions.admin_page.differences import Difference, differences
from executions.attempts import attempts_of, total_s
from executions.models import Event, ModuleExecution, Run
from executions.times import seconds_between
from modules.config_changes import Change, changes
from modules.config_version import ConfigVersion
from platform_agents.shared_schema.fields import InvalidJson

_RECENT = 25


@dataclass(frozen=True, kw_only=True)
class Side:
    execution: ModuleExecution
    run: Run | None
    status: words.Status
    waited: str
    took: str
    took_s: float | None
    attempts: int
    used: usage.Used
    config: ConfigVersion | None
    input: values.Value
    output: values.Value

    @property
    def asked_at(self) -> datetime:
        return self.run.queued_at if self.run else self.execution.started_at


@dataclass(frozen=True, kw_only=True)
class Compared:
    """found is None when the two cannot be compared: `why` says so."""

    name: str
    found: list[Difference] | None
    more: bool = False
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    left: Side
    right: Side
    config: tuple[Change, ...] | None
    values: Sequence[Compared]

    @property
    def used(self) -> bool:
        """Whether one of them says what it used."""
        return any(one.run and one.run.usage for one in (self.left, self.right))

    @property
    def config_rows(self) -> list[Difference]:
        return [Difference(path=one.path, left=one.before, right=one.after)
                for one in self.config or ()]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Choice:
    execution_id: str
    run: Run
    status: words.Status


def choices(execution: ModuleExecution) -> list[Choice]:
    """The module's latest other executions, newest first."""
    runs = Run.objects.for_org(execution.org_id).filter(module_id=execution.module_id)
    latest = runs.order_by("-queued_at", "-execution_id")[: _RECENT + 1]
    return [
        Choice(execution_id=run.execution_id, run=run, status=words.run_status(run))
        for run in latest
        if run.execution_id != execution.pk
    ][:_RECENT]


def compared(execution: ModuleExecution, other: ModuleExecution) -> Comparison:
    left, right = _side(execution), _side(other)
    pairs = zip((left.input, left.output), (right.input, right.output), strict=True)
    return Comparison(
        left=left,
        right=right,
        config=changes(left.config, right.config) if left.config and right.config else None,
        values=[_compared(one, two) for one, two in pairs],
    )


def _compared(left: values.Value, right: values.Value) -> Compared:
    name = left.name.capitalize()
    if left.large or right.large:
        why = f"It is too large to be compared here ({left.size} and {right.size}); download both."
        return Compared(name=name, found=None, why=why)
    contents = [one.content.text if isinstance(one.content, InvalidJson) else one.content
                for one in (left, right)]  # fmt: skip
    found, more = differences(*contents)
    return Compared(name=name, found=found, more=more)


def _side(execution: ModuleExecution) -> Side:
    org_id, id_ = execution.org_id, execution.pk
    run = Run.objects.for_org(org_id).filter(execution_id=id_).first()
    tried = Event.objects.for_org(org_id).filter(execution_id=id_, kind="attempt").order_by("seq")
    attempts = attempts_of(run, execution, list(tried)) if run else []
    took_s = total_s(attempts)
    began = attempts[0].started_at if attempts else None
    given, came = values.read(org_id, id_, *values.NAMES)
    return Side(
        execution=execution,
        run=run,
        status=words.status_of(execution, run),
        waited=words.duration(seconds_between(run.queued_at, began) if run else None),
        took=words.duration(took_s),
        took_s=took_s,
        attempts=run.attempt if run else 0,
        used=usage.total(usage.used(run.usage) if run and run.usage else []),
        config=_config(run),
        input=given,
        output=came,
    )


def _config(run: Run | None) -> ConfigVersion | None:
    if run is None or run.config_version is None:
        return None
    versions = ConfigVersion.objects.for_org(run.org_id).filter(module_id=run.module_id)
    return versions.filter(version=run.config_version).first()
