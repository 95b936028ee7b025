"""What a schedule must be, and what is said when it is not."""

from typing import Any

import pytest

from modules.models import Module
from modules.schedule_rules import InvalidSchedule, check_input, check_timing


@pytest.mark.parametrize(
    "cron",
    ["* * * * *", "*/15 8-18 * * mon-fri", "0 0 29 2 *", "0 6 L * *", "30 6 1,15 JAN-MAR *",
     "0 9 * * mon#1", "0 0 * * 7"],
)  # fmt: skip
def test_five_fields_of_the_usual_kind_are_good(cron: str) -> None:
    check_timing(cron=cron, interval_s=None, zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("cron", "says"),
    [
        ("", "fields, got 0"),
        ("* * * *", "fields, got 4"),
        ("*/5 * * * * *", "fields, got 6"),
        ("@reboot", "fields, got 1"),
        ("@hourly", "fields, got 1"),
        ("R * * * *", "'R' is not understood"),
        ("H * * * *", "'H' is not understood"),
        ("r(0-5) * * * *", "not understood"),
        ("61 * * * *", "out of range"),
        ("*/0 * * * *", "step '0'"),
        ("0 25 * * *", "out of range"),
        ("0 0 30 2 *", "no such day"),
        ("0 0 0 * *", "out of range"),
        ("every day at noon sharp", "not understood"),
        ("0 0 * * mon#9", "0 0"),
        ("0" * 101 + " * * * *", "not understood"),
        ("- - - - -", ""),
        (", , , , ,", ""),
        ("jan * * * *", ""),
    ],
)
def test_another_expression_is_refused_with_the_reason_and_an_example(cron: str, says: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        check_timing(cron=cron, interval_s=None, zone="UTC")
    [why] = refused.value.errors["cron"]
    assert says in why
    assert "30 6 * * 1-5" in why
    assert len(why) < 350


@pytest.mark.parametrize(
    ("timing", "field"),
    [
        ({"cron": None, "interval_s": None}, "cron"),
        ({"cron": "* * * * *", "interval_s": 60}, "cron"),
        ({"interval_s": 9}, "interval_s"),
        ({"interval_s": 60, "zone": "Mars/Olympus"}, "zone"),
        ({"interval_s": 60, "zone": "../../etc/passwd"}, "zone"),
        ({"interval_s": 60, "zone": "Europe"}, "zone"),
        ({"interval_s": 60, "zone": ""}, "zone"),
    ],
)
def test_other_faults_are_named_by_their_field(timing: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        check_timing(**{"cron": None, "interval_s": None, "zone": "UTC", **timing})
    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize(
    ("agent", "value", "says"),
    [
        ("data", {}, "exactly one"),
        ("echo", [1], "object"),
        ("echo", None, "object"),
        ("no_such_agent", {}, "not installed"),
    ],
)
def test_an_input_that_does_not_fit_the_agent_is_refused(agent: str, value: Any, says: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        check_input(Module(python_module=agent), value)
    assert says in " ".join(refused.value.errors["input"])


def test_an_input_that_fits_is_good() -> None:
    check_input(Module(python_module="echo"), {"n": 1})
