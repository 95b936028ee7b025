"""start_agent, run_agent and list_agents as an author types them, without a database."""

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.manage import NO_DATABASE, Said, Warm, manage
from tests.processes import ROOT

# Settings without the tests' own agents: AGENT_PACKAGES counts.
PLAIN = {"DJANGO_SETTINGS_MODULE": "platform_agents.settings"}


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with Warm.running(NO_DATABASE) as warm:
        yield warm


# --- run_agent ------------------------------------------------------------------------------------


def test_the_output_is_json_on_stdout_and_all_else_is_on_stderr() -> None:
    said = manage("run_agent", "shout_agent", "--input", '{"text": "grüß"}', "--config",
                  '{"suffix": "?"}', "--org", "org-7")  # fmt: skip
    assert said.status == 0
    assert json.loads(said.out) == {"text": "GRÜSS?"}
    assert "agent reported running" in said.err
    assert "completed in " in said.err


def test_no_database_is_started_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    said = manage("run_agent", "echo", DATABASE_URL="", EMBEDDED_POSTGRES_DIR=str(folder))
    assert (said.status, said.out) == (0, "{}\n")
    assert not folder.exists()


def test_input_comes_from_a_file_or_stdin_and_config_from_a_file(
    warm: Warm, tmp_path: Path
) -> None:
    (tmp_path / "in.json").write_text('\ufeff{"text": "a"}', encoding="utf-8")
    (tmp_path / "config.json").write_text('{"suffix": "…"}', encoding="utf-8")
    from_file = warm.manage("run_agent", "agents.shout_agent", "--input", "in.json", "--config",
                       "config.json", cwd=tmp_path)  # fmt: skip
    assert json.loads(from_file.out) == {"text": "A…"}
    assert json.loads(warm.manage("run_agent", "echo", "--input", "-", stdin='{"b": 2}').out) == {
        "b": 2
    }


@pytest.mark.parametrize(
    ("agent", "given", "said"),
    [
        ("failing_agent", "{}", "failed (permanent): The shop is closed."),
        ("nlp", '{"text": ""}', "failed (invalid_input): input_data: text is empty"),
        ("echo", '{"sleep_s": "x"}', "failed (invalid_input): input_data.sleep_s: "),
        ("describe_agent", '{"data": 1}', "--traceback shows where."),
    ],
)
def test_a_failure_is_readable_and_status_1(warm: Warm, agent: str, given: str, said: str) -> None:
    failed = warm.manage("run_agent", agent, "--input", given)
    assert (failed.status, failed.out) == (1, "")
    assert said in failed.err


def test_where_it_crashed_is_shown_on_request(warm: Warm) -> None:
    said = warm.manage("run_agent", "describe_agent", "--input", '{"data": 1}', "--traceback")
    assert said.status == 1
    assert "guide_style.py" in said.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nobody"], "No agent is called 'nobody'. Installed: "),
        (["echo", "--input", "missing.json"], "cannot be read from 'missing.json': No such file"),
        (["echo", "--input", "."], "cannot be read from '.'"),
        (["echo", "--input", "{'a': 1}"], "--input is not valid JSON: "),
        (["echo", "--input", '{"a": NaN}'], "NaN is not a JSON value"),
        (["echo", "--input", "-"], "--input is not valid JSON"),
        (["echo", "--config", "/dev/null"], "--config is not valid JSON"),
        (["echo", "--timeout", "0"], "expected seconds, more than 0"),
        (["echo", "--timeout", "nan"], "expected seconds, more than 0"),
        (["echo", "--timeout", "soon"], "invalid"),
        ([], "NAME"),
    ],
)
def test_wrong_usage_is_status_2_and_says_what_is_wrong(
    warm: Warm, args: list[str], said: str
) -> None:
    refused = warm.manage("run_agent", *args)
    assert (refused.status, refused.out) == (2, "")
    assert said in refused.err


def test_an_input_that_is_no_object_is_refused(warm: Warm, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[1]")
    refused = warm.manage("run_agent", "echo", "--input", str(tmp_path / "list.json"))
    assert refused.status == 2
    assert "--input must be a JSON object" in refused.err


def test_calls_of_modules_are_answered_from_a_file(warm: Warm, tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text('{"echo": {"from": "the file"}}')
    asks = ["run_agent", "caller", "--input", '{"modules": [["echo", {}]]}']
    said = warm.manage(*asks, "--modules", str(tmp_path / "modules.json"))
    assert said.status == 0, said.err
    assert "the file" in said.out
    assert "--modules says what" in warm.manage(*asks).err


def test_what_a_config_refers_to_is_given_beside_it_and_not_shown(warm: Warm) -> None:
    asks = ["run_agent", "confidant", "--config", '{"api_key": "${{ secrets.KEY }}"}']
    said = warm.manage(*asks, "--secrets", '{"KEY": "a-long-secret"}')
    assert said.status == 0
    assert "a-long-secret" not in said.out
    missing = warm.manage(*asks)
    assert missing.status == 1
    assert "config.api_key: the organization has no secret KEY" in missing.err


def test_a_workflow_shows_its_steps_and_stops_where_it_would_wait(warm: Warm) -> None:
    steps = [
        {"id": "a", "uses": "module", "with": {"module": "m"}},
        {"id": "ask", "uses": "approval", "needs": ["a"], "with": {"title": "OK?"}},
    ]
    said = warm.manage("run_agent", "automation", "--config", json.dumps({"steps": steps}),
                  "--modules", '{"m": 7}')  # fmt: skip
    assert (said.status, said.out) == (3, "")
    assert "a completed  output=7" in said.err
    assert "suspended: approval of step 'ask'" in said.err


def test_its_time_is_limited(warm: Warm) -> None:
    said = warm.manage("run_agent", "echo", "--input", '{"sleep_s": 60}', "--timeout", "0.1")
    assert (said.status, said.out) == (1, "")
    assert "failed (timed_out): The run took longer than its 0.1 s." in said.err


def test_a_thread_that_does_not_end_does_not_keep_the_process() -> None:
    said = manage("run_agent", "deaf", "--timeout", "0.1")
    assert said.status == 1
    assert "failed (timed_out)" in said.err


def test_ctrl_c_cancels() -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_agent", "reporter", "--input", '{"sleep_s": 60}'],
        cwd=ROOT, env={**os.environ, **NO_DATABASE}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert "started" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.stderr.read().strip().endswith("Cancelled.")
    assert process.wait(timeout=20) == 130


def test_on_a_terminal_progress_is_a_bar(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_agent", "reporter"], cwd=ROOT,
        env={**os.environ, **NO_DATABASE}, stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    assert process.wait(timeout=60) == 0
    assert b"[########################] 100%" in os.read(ours, 65536)
    os.close(ours)


# --- start_agent ----------------------------------------------------------------------------------


def test_the_printed_commands_work_as_they_are_printed(tmp_path: Path) -> None:
    folder = tmp_path / "with a space"
    said = manage("start_agent", "top_words", "--dir", str(folder), **PLAIN)
    assert said.status == 0, said.err
    test, run, demo = [line.strip() for line in said.out.splitlines() if line.startswith("  ")]
    tested = _pasted(f"{test} -p no:cacheprovider", tmp_path)
    assert "5 passed" in tested.stdout, tested.stdout + tested.stderr
    ran = _pasted(run, tmp_path)
    assert json.loads(ran.stdout) == {"words": 11, "most_used": {"bell": 2, "church": 1}}
    listed = _pasted(demo.removesuffix(" demo") + " list_agents", tmp_path)
    assert "top_words  (io; AGENT_PACKAGES: top_words)" in listed.stdout


def _pasted(command: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    ours = ("PYTEST", "DJANGO", "AGENT_PACKAGES")
    env = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return subprocess.run(
        ["bash", "-c", command], cwd=cwd, env=env | {"DATABASE_URL": NO_DATABASE["DATABASE_URL"]},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["echo", "nlp_agent", "shout_agent", "Top", "class", "json", "."])
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(
    warm: Warm, name: str, tmp_path: Path
) -> None:
    said = warm.manage("start_agent", name, "--dir", str(tmp_path))
    assert (said.status, said.out) == (2, "")
    assert "choose another name" in said.err or "such as top_words" in said.err
    assert [*tmp_path.iterdir()] == []


def test_it_writes_here_without_a_folder_and_never_over_anything(
    warm: Warm, tmp_path: Path
) -> None:
    assert warm.manage("start_agent", "top_words", cwd=tmp_path).status == 0
    (tmp_path / "top_words" / "example.json").write_text("mine")
    again = warm.manage("start_agent", "top_words", cwd=tmp_path)
    assert again.status == 2
    assert "exists already; nothing was written" in again.err
    assert (tmp_path / "top_words" / "example.json").read_text() == "mine"


def test_a_folder_that_cannot_be_is_named(warm: Warm, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = warm.manage("start_agent", "top_words", "--dir", str(tmp_path / "file"))
    assert said.status == 2
    assert "Nothing was written to" in said.err


# --- list_agents ----------------------------------------------------------------------------------


def test_every_agent_is_listed_with_its_names_lane_source_and_fields(warm: Warm) -> None:
    said = warm.manage("list_agents")
    assert said.status == 0
    assert "data  (cpu; built in)\n  also    agents.data, data_agent, data_processor\n" in said.out
    assert "shout_agent  (io; AGENT_PACKAGES: tests.authored)" in said.out
    assert "  input   sleep_s=0, …\n" in said.out


def test_json_holds_the_schemas(warm: Warm) -> None:
    listed = {
        agent["name"]: agent for agent in json.loads(warm.manage("list_agents", "--json").out)
    }
    assert listed["nlp"]["config"]["properties"]["api_key"]["writeOnly"] is True
    assert listed["nlp"]["source"] == "built in"
    assert listed["shout_agent"]["input"] is None
    assert listed["breaks_on_config"]["config"] is None  # none can be written


def test_schemas_of_one_agent(warm: Warm) -> None:
    schemas = json.loads(warm.manage("list_agents", "--schema", "agents.nlp_processor").out)
    assert schemas.keys() == {"config", "input", "output"}
    assert "processed_text" in json.dumps(schemas["output"])
    unknown = warm.manage("list_agents", "--schema", "nobody")
    assert unknown.status == 2
    assert "No agent is called 'nobody'" in unknown.err


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("import nothing_of_that_name\n", "nothing_of_that_name"),
        ("x = 1\ny = 1 / 0\n", "line 2"),
        ("x = 1\n", "defines no agent"),
        ("from agents.echo import Echo\nclass Mine(Echo):\n    pass\n", "Two agents are called"),
    ],
)
def test_a_package_that_cannot_be_loaded_says_why(tmp_path: Path, source: str, said: str) -> None:
    refused = _refused_with(source, tmp_path, "list_agents")
    assert said in refused.err


def test_no_command_goes_on_with_a_package_that_cannot_be_loaded(tmp_path: Path) -> None:
    for command in (["run_agent", "echo"], ["start_agent", "top_words"]):
        assert "SyntaxError" in _refused_with("def broken(:\n", tmp_path, *command).err
    assert not (tmp_path / "top_words").exists()


def _refused_with(source: str, folder: Path, *command: str) -> Said:
    (folder / "my_agents.py").write_text(source)
    refused = manage(*command, cwd=folder, AGENT_PACKAGES="my_agents",
                     PYTHONPATH=str(folder), **PLAIN)  # fmt: skip
    assert refused.status == 2
    return refused


def test_shell_quoting_of_the_hint_is_that_of_the_shell(tmp_path: Path) -> None:
    said = manage("start_agent", "top_words", "--dir", str(tmp_path / "a'b"), **PLAIN)
    line = next(line for line in said.out.splitlines() if "-m pytest" in line)
    assert shlex.split(line)[-1] == str(tmp_path / "a'b" / "top_words")
