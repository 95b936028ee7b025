"""docs/writing-agents.md does as it says: its steps are pasted in order, its Python runs."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from agents.testing import run
from tests.demo.running import RUNNING, ended, wait_for
from tests.manage import manage
from tests.processes import ROOT, Process

PAGE = (ROOT / "docs" / "writing-agents.md").read_text(encoding="utf-8")
STEP = r"<!-- step{} -->\n```console\n(.*?)```"
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def steps(where: str = "") -> list[str]:
    """Shell text of the blocks marked so."""
    found = re.findall(STEP.format(where), PAGE, re.DOTALL)
    return [re.sub(r"(?m)^\$ ", "", block) for block in found]


def paste(text: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """In the project's folder, as the page says; its interpreter is the one that runs this."""
    text = text.replace(".venv/bin/python", sys.executable)
    return subprocess.run(
        ["bash", "-euc", text], cwd=ROOT, env=env, capture_output=True, text=True, timeout=100,
        check=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of somebody who just sits down, with an empty home and no database of ours."""
    home = tmp_path_factory.mktemp("home")
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR") if key in os.environ}
    return kept | {
        "HOME": str(home),
        "DATABASE_URL": "",
        "EMBEDDED_POSTGRES_DIR": str(home / "postgres"),
        "EMBEDDED_POSTGRES_DURABLE": "off",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture(scope="module")
def made(env: dict[str, str]) -> Path:
    """After step 1."""
    paste(steps()[0], env)
    return Path(env["HOME"]) / "my-agents" / "top_words"


@pytest.fixture(scope="module")
def demo(made: Path, env: dict[str, str]) -> Iterator[Process]:
    """After step 5."""
    home = Path(env["HOME"])
    added = {"AGENT_PACKAGES": "top_words", "PYTHONPATH": str(made)}
    process = Process(
        "manage.py", "demo", "--port", "0", log=home / "log",
        env=env | added | {"DJANGO_SETTINGS_MODULE": "platform_agents.settings"},
    )  # fmt: skip
    try:
        wait_for(process, RUNNING)
        yield process
        process.popen.send_signal(signal.SIGINT)
        assert ended(process) == 0, process.output()
    finally:
        process.stop(seconds=40)


def test_the_class_on_the_page_is_the_one_that_is_written(made: Path) -> None:
    assert PYTHON[0] in (made / "top_words" / "agent.py").read_text()


def test_its_test_passes(made: Path, env: dict[str, str]) -> None:
    assert "5 passed" in paste(steps()[1], env).stdout


def test_the_local_run_says_what_the_page_says(made: Path, env: dict[str, str]) -> None:
    folder = Path(env["HOME"]) / "unused"
    ran = paste(steps()[2], env | {"EMBEDDED_POSTGRES_DIR": str(folder)})
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    events, output = shown[1].split("{", 1)
    assert json.loads(ran.stdout) == json.loads("{" + output)
    assert _without_times(ran.stderr) == _without_times(events)
    assert not folder.exists(), "a database was started"


def _without_times(text: str) -> str:
    return re.sub(r"\d+\.\d{3}", "T", text).strip()


def test_a_module_is_made_found_good_and_called(demo: Process, env: dict[str, str]) -> None:
    make, call = steps(": with the demo")
    added = {
        "AGENT_PACKAGES": "top_words",
        "PYTHONPATH": str(Path(env["HOME"]) / "my-agents" / "top_words"),
    }
    assert "0 of them cannot run" in paste(make, env | added).stdout
    said = demo.output()
    key, url = re.search(r"abw_[0-9a-f]{64}", said), re.search(r"http://127\.0\.0\.1:\d+", said)
    assert key is not None
    assert url is not None
    call = call.replace("http://127.0.0.1:8000", url[0])
    answer = json.loads(paste(call, env | {"KEY": key[0], "NO_PROXY": "*"}).stdout)
    assert answer["status"] == "completed", answer
    assert answer["output"] == {"words": 3, "most_used": {"two": 2, "one": 1}}


@pytest.mark.parametrize("number", range(1, len(PYTHON)))
def test_every_piece_of_python_runs_and_its_tests_pass(number: int) -> None:
    found: dict[str, object] = {"__name__": "page"}
    exec(compile(PYTHON[number], f"writing-agents.md, block {number}", "exec"), found)
    for name, value in found.items():
        if name.startswith("test_"):
            assert isinstance(value, FunctionType)
            value()


def test_the_class_in_the_guides_shape_does_as_the_table_says() -> None:
    found: dict[str, object] = {}
    [shaped] = [block for block in PYTHON if "ShoutAgent" in block]
    exec(shaped, found)
    agent: Any = found["ShoutAgent"]
    assert run(agent, {"text": "hi"}).value == {"text": "hi!"}
    assert run(agent, {"text": "hi", "org_id": "other"}).error == "That is another organization's."


@pytest.mark.parametrize("command", ["start_agent", "run_agent", "list_agents", "validate_module"])
def test_every_command_is_on_the_page_with_every_option(command: str) -> None:
    said = manage(command, "--help").out.split("--version")[0]  # the rest is Django's own
    assert f"`{command} " in PAGE
    for option in set(re.findall(r"--[a-z]+", said)) - {"--help"}:
        assert option in PAGE
