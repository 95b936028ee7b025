"""Installations that tests may break, seeds for when they break, and the table of verdicts.

FAULTS=long repeats every fault with more seeds; FAULTS_SEED sets the first of them, otherwise it is
that of the test run (`-p randomly`), which pytest prints.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.faults.family import Family
from tests.faults.journal import Journal
from tests.faults.site import Site
from tests.faults.verdict import Verdict
from tests.live import Live

LONG = os.environ.get("FAULTS") == "long"
_COLUMNS = ("fault", "runs", "lost", "stuck", "double", "disagree", "recovery_s", "verdict")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that take `rng` run once per seed."""
    if "rng" in metafunc.fixturenames:
        given = os.environ.get("FAULTS_SEED") or getattr(metafunc.config.option, "randomly_seed", 1)
        seeds = [int(given) + n for n in range(5 if LONG else 1)]
        metafunc.parametrize("rng", seeds, ids=[f"seed={seed}" for seed in seeds], indirect=True)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


@pytest.fixture
def breakable(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path
) -> Iterator[Callable[..., Live]]:
    """Starts an installation with the given settings; everything of it is gone afterwards."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        yield lambda **settings: stack.enter_context(_installation("fault", tmp_path, **settings))


@pytest.fixture(scope="module")
def module_live(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """For the faults of one module, one after the other. Leases of two seconds, so that a lost
    worker is noticed soon, and attempts enough for every fault."""
    folder = tmp_path_factory.mktemp("site")
    settings = {"LEASE_SECONDS": "2", "RUN_MAX_ATTEMPTS": "10"}
    with django_db_blocker.unblock(), _installation("faults", folder, **settings) as live:
        Journal(live=live, file=folder / "unused").install_audit()
        yield live


@pytest.fixture
def site(module_live: Live, tmp_path: Path, recorded: Callable[[Verdict], None]) -> Iterator[Site]:
    site = Site.on(module_live, tmp_path, recorded)
    site.make_whole()
    yield site
    module_live.db.execute("DELETE FROM executions_run WHERE state = 'queued'")


@contextmanager
def _installation(purpose: str, folder: Path, **settings: str) -> Iterator[Live]:
    with (
        databases.copy_of_test_database(purpose) as params,
        Live.running(params, folder, **settings) as live,
    ):
        Family.of(live.cluster).wait_complete()
        yield live


@pytest.fixture
def recorded(record_property: Callable[[str, object], None]) -> Callable[[Verdict], None]:
    """Keeps a verdict for the table."""
    return lambda verdict: record_property("verdict", json.dumps(verdict.line()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    lines = [
        json.loads(str(value))
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "verdict" and report.when == "call"
    ]
    if not lines:
        return
    terminalreporter.section("faults")
    width = max(len(line["fault"]) for line in lines) + 2
    terminalreporter.write_line("".join(c.ljust(width if c == "fault" else 12) for c in _COLUMNS))
    for line in sorted(lines, key=lambda line: str(line["fault"])):
        terminalreporter.write_line(_row(line, width))


def _row(line: dict[str, Any], width: int) -> str:
    recovery_s = line["recovery_s"]
    shown = {**line, "recovery_s": "-" if recovery_s is None else f"{recovery_s:.1f}"}
    return "".join(str(shown[c]).ljust(width if c == "fault" else 12) for c in _COLUMNS)
