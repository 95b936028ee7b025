"""A new agent's package: all of it or nothing, and it keeps what its own test promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.kit import starting
from tests.processes import ROOT


def test_its_own_test_passes_at_once(tmp_path: Path) -> None:
    package = starting.start("top_words", tmp_path / "new" / "folder")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"], cwd=package,
        env={**_without_pytest(), "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def _without_pytest() -> dict[str, str]:
    """Our own run's variables are not the author's."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DJANGO"))}


def test_it_is_typed(tmp_path: Path) -> None:
    package = starting.start("top_words", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=",
         "--cache-dir", str(tmp_path / "cache"), str(package / "top_words")],
        env={**os.environ, "MYPYPATH": str(ROOT)}, cwd=package,
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "top_words").mkdir()
    with pytest.raises(starting.AlreadyThere, match="exists already; nothing was written"):
        starting.start("top_words", tmp_path)
    assert [*tmp_path.rglob("*")] == [tmp_path / "top_words"]


def test_a_link_to_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "top_words").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(starting.AlreadyThere):
        starting.start("top_words", tmp_path)


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_files", lambda name: {"one": "init.py", "two": "missing"})
    with pytest.raises(OSError, match="missing"):
        starting.start("top_words", tmp_path)
    assert [*tmp_path.iterdir()] == []
