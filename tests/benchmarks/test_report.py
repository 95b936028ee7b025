"""The table, the verdicts and the file, from figures made up here."""

import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.figures import Case
from benchmarks.promises import verdicts


def _noop(ours: float, prefork: float) -> Case:
    return Case(
        workload="no-op", title="8 callers",
        rounds={"ours": [{"calls/s": ours}], "celery-prefork": [{"calls/s": prefork}]},
    )  # fmt: skip


def test_the_table_has_a_column_for_each_system_that_was_measured() -> None:
    head, _, row = report.table([_noop(400, 200)]).splitlines()

    assert head.split() == ["ours", "Celery", "prefork"]
    assert row.split() == ["no-op:", "8", "callers", "calls/s", "400", "200", "(2.00×)"]


def test_a_system_without_the_figure_gets_a_dash() -> None:
    lone = Case(workload="lone run", title="no web", rounds={"floor": [{"p50 ms": 2}]})

    [*_, last] = report.table([_noop(400, 200), lone]).splitlines()

    assert last.split()[-4:] == ["ms", "–", "2.00", "–"]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234")]
)
def test_three_digits_are_shown(value: float, text: str) -> None:
    assert report.shown(value) == text


@pytest.mark.parametrize(("ours", "kept"), [(260, True), (240, False)])
def test_a_promise_is_kept_from_its_limit_on(ours: float, kept: bool) -> None:
    [verdict] = verdicts([_noop(ours, 200)])

    assert (verdict.kept, verdict.measured) == (kept, ours / 200)


def test_a_promise_about_time_is_kept_below_its_limit() -> None:
    slower = Case(
        workload="lone run", title="no web, 1 caller",
        rounds={"ours": [{"p50 ms": 3}], "floor": [{"p50 ms": 2}]},
    )  # fmt: skip
    [verdict] = verdicts([slower])

    assert (verdict.kept, verdict.measured) == (False, 1.5)


def test_nothing_is_promised_about_what_was_not_measured() -> None:
    case = Case(workload="no-op", title="8 callers", rounds={"ours": [{"calls/s": 400}]})

    assert verdicts([case]) == []


def test_what_was_skipped_is_said_below_the_table() -> None:
    assert "Redis is needed" in report.text([_noop(4, 2)], ["Redis is needed for the peers"])


def test_the_file_holds_facts_results_and_promises(tmp_path: Path) -> None:
    path = tmp_path / "new" / "comparison.json"

    report.write_json(path, [_noop(400, 200)], {"machine": {"cores": 2}})

    found = json.loads(path.read_text())
    assert found["machine"] == {"cores": 2}
    assert found["results"][0]["systems"]["celery-prefork"]["ours_better"] == {"calls/s": 2}
    assert found["promises"] == [
        {
            "promise": "calls/s at 8 against Celery prefork",
            "measured": 2,
            "limit": "≥ 1.25",
            "kept": True,
        }
    ]
