"""/docs in a real browser: Swagger UI shows every operation, from this server and nowhere else."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from platform_agents.openapi.routes import TABLE
from tests.live import Live

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def test_the_page_loads_nothing_from_elsewhere(live: Live) -> None:
    response = live.http.get("/docs")
    assert response.status_code == 200
    assert "script-src 'self'" in response.headers["content-security-policy"]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', response.text)
    assert len(addresses) >= 4
    assert [address for address in addresses if not address.startswith("/")] == []
    assert {live.http.get(address).status_code for address in addresses} == {200}
    assert "<script>" not in response.text


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: chromium)")
def test_a_browser_shows_every_operation_under_the_strict_policy(
    live: Live, tmp_path: Path
) -> None:
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
            "--virtual-time-budget=20000", "--enable-logging=stderr", "--log-level=0",
            f"--user-data-dir={tmp_path}", f"{live.web.url}/docs",
        ],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    shown = set(re.findall(r'id="operations-(\w+-\w+)"', done.stdout))
    assert {f"{operation.tag}-{operation.id}" for operation in TABLE.values()} <= shown
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert [line for line in console if "Content Security Policy" in line or "Error" in line] == []
