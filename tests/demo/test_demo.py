"""`manage.py demo` when all goes well: right figures, and what it prints works as printed."""

import io
import json
import math
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from platform_agents.demo import penguins, port
from platform_agents.demo.errors import DemoFailed
from platform_agents.demo.screen import Screen
from platform_agents.demo.tour import Wish, perform
from tests.demo.running import RUNNING, Start, ended, left, wait_for


def test_once_shows_what_pandas_computes_and_leaves_nothing(
    demo: Start, tmp_path: Path, folder: Path
) -> None:
    process = demo("--once", "--port", "0", "--json", str(tmp_path / "answer.json"))

    assert ended(process) == 0, process.output()
    assert not left(tmp_path)
    assert not (folder / "postgres" / "postmaster.pid").exists()
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer["status"] == "completed"
    _same_as_pandas(answer["output"])
    mass = answer["output"]["columns"]["body_mass_g"]
    assert re.search(rf"body_mass_g +integer +342 +2 +{mass['mean']:.2f} ", process.output())


def _same_as_pandas(output: dict[str, Any]) -> None:
    frame = pd.read_csv(penguins.FILE)
    expected = frame.describe(include="all")
    assert output["rows"] == len(frame) == 344
    assert list(output["columns"]) == list(frame.columns)
    for name, column in output["columns"].items():
        assert column["missing"] == frame[name].isna().sum()
        for statistic, value in expected[name].dropna().items():
            if isinstance(value, str):
                assert column[statistic] == value
            else:
                assert math.isclose(column[statistic], value, rel_tol=1e-12), (name, statistic)


def test_it_stays_up_with_a_login_and_a_curl_that_work_until_ctrl_c(
    demo: Start, tmp_path: Path
) -> None:
    process = demo("--port", "0")
    wait_for(process, RUNNING)
    output = process.output()

    assert _signs_in(output)
    if shutil.which("curl"):
        curl = re.search(r"^ +curl .*?[^\\]$", output, re.MULTILINE | re.DOTALL)
        assert curl is not None
        said = subprocess.run(["sh", "-c", curl[0]], capture_output=True, text=True, check=True)
        assert json.loads(said.stdout)["status"] == "completed"

    process.popen.send_signal(signal.SIGINT)
    assert ended(process) == 0, process.output()
    assert not left(tmp_path)


def _signs_in(output: str) -> bool:
    """With the printed address, name and password."""
    url = re.search(r"http://\S+/admin/", output)
    login = re.search(r"^  (demo-acme) +(\S+)", output, re.MULTILINE)
    assert url is not None
    assert login is not None
    with httpx.Client(base_url=url[0], follow_redirects=True) as browser:
        browser.get("login/")
        form = {
            "username": login[1],
            "password": login[2],
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        browser.post("login/", data=form, headers={"Referer": url[0]})
        return "sessionid" in browser.cookies


def test_it_refuses_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(DemoFailed, match="ENVIRONMENT is production"):
        perform(Wish(), Screen(io.StringIO()))


def test_without_a_port_two_demos_find_two() -> None:
    with port.listen(None) as first, port.listen(None) as second:
        assert first.getsockname()[1] != second.getsockname()[1]
