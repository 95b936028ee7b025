"""Fixtures of the demo's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.running import Start, left, watch
from tests.processes import Process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for all: most demos here are not the first on their machine."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def demo(folder: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts `manage.py demo`; whatever the test does, nothing is left of it."""

    started = []
    watch(tmp_path)

    def start(*args: str, database: Path = folder, **extra: str) -> Process:
        env = {
            "HOME": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": "",
            "EMBEDDED_POSTGRES_DIR": str(database / "postgres"),
            "EMBEDDED_POSTGRES_DURABLE": "off",
            **extra,
        }
        process = Process("manage.py", "demo", *args, env=env, log=tmp_path / "output")
        started.append(process)
        return process

    yield start
    for process in started:
        process.stop(seconds=40)
    orphans = left(tmp_path)
    for orphan in orphans:
        orphan.kill()
    assert not orphans
