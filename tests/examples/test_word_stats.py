"""The example package, installed by pip and found by its entry point in a running installation."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.live import Live
from tests.manage import manage
from tests.processes import ROOT

EXAMPLE = ROOT / "examples" / "word_stats"


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip installed it. Built from a copy, because a build leaves its traces beside it, and
    with the setuptools that is here, because a test has no package index."""
    folder = tmp_path_factory.mktemp("word_stats")
    leave = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    shutil.copytree(EXAMPLE, folder / "source", ignore=leave)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index",
         "--disable-pip-version-check", "--target", str(folder / "site"), str(folder / "source")],
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def installed(
    site_packages: Path, django_db_setup: None, django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Live]:  # fmt: skip
    """A web server and a cluster that see the package beside their own."""
    path = str(site_packages)
    with Live.on_a_copy(
        "installed", django_db_blocker, tmp_path_factory, PYTHONPATH=path
    ) as system:
        yield system


def test_its_own_tests_pass() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(EXAMPLE)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=EXAMPLE, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_listed_with_where_it_comes_from(site_packages: Path) -> None:
    listed = manage("list_agents", PYTHONPATH=str(site_packages)).out
    assert "word_stats  (io; entry point word_stats of word-stats 1.0.0)" in listed
    assert "word_stats  (" not in manage("list_agents").out


def test_it_answers_post_execute(installed: Live) -> None:
    org = factories.organization(installed.db)
    factories.module(installed.db, org=org, python_module="word_stats")
    answer = installed.execute(org, "word_stats", {"text": "One two. Three!"})
    assert answer.status_code == 200
    assert answer.json()["output"] == {
        "words": 3, "sentences": 2, "longest_word": "Three", "reading_s": 0.8, "title": None,
    }  # fmt: skip


def test_its_call_of_a_module_stays_within_the_organization(installed: Live) -> None:
    org, other = (factories.organization(installed.db, name=n) for n in ("Acme", "Globex"))
    titles = factories.module(installed.db, org=other, python_module="echo", name="titles")
    for config in ({"title_module": titles}, {"title_module": "titles"}):
        module_id = factories.module(
            installed.db, org=org, python_module="word_stats", config=config
        )
        answer = installed.execute(org, module_id, {"text": "One two."}).json()
        assert answer["status"] == "failed"
        assert other.id not in answer["error"]
    assert installed.rows(other) == 0


def test_bad_input_is_refused_before_anything_is_stored(installed: Live) -> None:
    org = factories.organization(installed.db)
    factories.module(installed.db, org=org, python_module="word_stats")
    answer = installed.execute(org, "word_stats", {})
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"input_data.text": ["Field required"]}
    assert installed.rows(org) == 0
