"""What a schedule must be, and how to say so when it is not. Callers: the admin, and
`executions.schedules`, which meets schedules that were valid once."""

import re
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from croniter import CroniterBadDateError, CroniterError, croniter
from django.utils import timezone
from pydantic import ValidationError

from agents.validation import checked, error_paths
from modules import registry
from modules.errors import ModuleError
from modules.models import Module
from modules.slots import Timing, slots_after

LEAST_INTERVAL_S = 10
_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat|l"
_FIELD = re.compile(rf"(?:[0-9*/,#-]|{_NAMES}){{1,100}}", re.IGNORECASE)
_EXAMPLE = "for example `30 6 * * 1-5`, at 6:30 from Monday to Friday"


class InvalidSchedule(ModuleError):
    """`errors` maps fields of the schedule to what is wrong there."""

    code = "invalid_schedule"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(why)}" for field, why in errors.items()))
        self.errors = errors


def check_timing(*, cron: str | None, interval_s: int | None, zone: str) -> None:
    """Raises InvalidSchedule unless exactly one of cron and interval is given and has slots."""
    if (cron is None) == (interval_s is None):
        raise InvalidSchedule({"cron": ["Give a cron expression or an interval, one of the two."]})
    if zone not in _zones():
        raise InvalidSchedule({"zone": [f"{zone[:60]!r} is no time zone, like Europe/Berlin."]})
    if interval_s is not None and interval_s < LEAST_INTERVAL_S:
        raise InvalidSchedule({"interval_s": [f"At least {LEAST_INTERVAL_S} seconds."]})
    if cron is not None:
        _check_cron(cron, zone)


def check_input(module: Module, value: Any) -> None:
    """Raises InvalidSchedule unless `value` is an object that fits the Input of the agent."""
    if not isinstance(value, dict):
        raise InvalidSchedule({"input": ["The input must be a JSON object."]})
    try:
        checked(registry.agent_of(module.python_module, module.endpoint).cls.Input, value)
    except ModuleError as error:
        raise InvalidSchedule({"input": [str(error)]}) from error
    except ValidationError as error:
        why = [f"{path}: {', '.join(said)}" for path, said in error_paths(error, "input").items()]
        raise InvalidSchedule({"input": why}) from error


def _check_cron(cron: str, zone: str) -> None:
    """Five fields of the usual kind. croniter knows more: seconds, years, nicknames, and random or
    hashed fields, which would be another time on every reading."""
    fields = cron.split()
    if len(fields) != 5:
        raise _bad_cron(
            f"Expected five fields, got {len(fields)}: minute, hour, day, month, weekday"
        )
    if unknown := [field for field in fields if not _FIELD.fullmatch(field)]:
        raise _bad_cron(f"{unknown[0][:40]!r} is not understood")
    try:
        croniter.expand(cron)
        now = timezone.now()
        next(slots_after(Timing(since=now, cron=cron, zone=zone), now))
    except CroniterBadDateError as error:
        raise _bad_cron("There is no such day") from error
    except (CroniterError, TypeError) as error:
        raise _bad_cron(str(error)[:200].rstrip(".")) from error


def _bad_cron(why: str) -> InvalidSchedule:
    return InvalidSchedule({"cron": [f"{why}; {_EXAMPLE}."]})


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
