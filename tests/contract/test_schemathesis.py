"""schemathesis calls the running API with all that openapi.json allows and with much that it does
not, and finds nothing: no server error, no answer that is not described, no bad call accepted, no
good one refused, nobody served without a key.

More of it, when something was changed: CONTRACT_EXAMPLES=200 CONTRACT_SEED=7 pytest tests/contract
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from platform_agents.openapi.file import PATH
from tests import factories
from tests.executions.workflows import ASK, submit, waits_for_approval, workflow
from tests.live import Live
from tests.processes import wait_until

_EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "25")
_SEED = os.environ.get("CONTRACT_SEED", "1")


def findings(live: Live, folder: Path, document: dict[str, Any], key: str) -> tuple[int, str]:
    """Exit status, and what it printed."""
    described = folder / "openapi.json"
    described.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", str(described),
            "--url", live.web.url, "--header", f"X-API-Key: {key}", "--no-color", "--seed", _SEED,
            "--max-examples", _EXAMPLES, "--generation-database", "none",
            "--generation-allow-x00", "false",  # refused on purpose: docs/decisions/0007
        ],
        cwd=folder, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def narrow(document: dict[str, Any], name: str, values: list[str], *, within: str = "") -> None:
    """Parameters of this name have one of these values; within: in paths that end so."""
    for address, path in document["paths"].items():
        if not address.endswith(within):
            continue
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == name:
                    parameter["schema"] = {"type": "string", "enum": values}


@pytest.fixture
def document() -> dict[str, Any]:
    """Without what only the server can make: a cursor, and the name of an agent that is there."""
    made: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    for path in made["paths"].values():
        for operation in path.values():
            given = operation.get("parameters", [])
            operation["parameters"] = [p for p in given if p["name"] != "cursor"]
    narrow(made, "agent", ["echo", "data"])
    return made


def test_it_finds_nothing(live: Live, document: dict[str, Any], tmp_path: Path) -> None:
    org = factories.organization(live.db)
    wait_until(lambda: live.http.get("/health/ready").status_code == 200, what="it is ready")
    status, said = findings(live, tmp_path, document, org.key)
    assert status == 0, said[-8000:]


def test_it_finds_nothing_where_calls_are_granted(
    live: Live, document: dict[str, Any], tmp_path: Path
) -> None:
    """The same document, narrowed to what one organization has, so that calls come through; what
    they answer is followed to the executions that they name."""
    org = factories.organization(live.db)
    module = factories.module(live.db, org=org)
    waiting = submit(live, org, workflow(live, org, ASK))
    waits_for_approval(live, org, waiting)
    ended = live.execute(org, module).json()["execution_id"]
    row = factories.gateway_row(live.db, org=org, module_id=module)
    task = factories.task(live.db, org=org)
    for name in ("ExecuteRequest", "BatchRequest"):
        asked = document["components"]["schemas"][name]["properties"]
        asked["org_id"] = {"type": "string", "enum": [org.id]}
        asked["module_id"] = {"type": "string", "enum": [module, "echo", "A module"]}
        asked["task_id"] = {"enum": [task, None]}
        for own in ("execution_id", "webhook_url", "webhook_secret_name"):
            if own in asked:
                asked[own] = {"type": "null"}
    narrow(document, "module_id", [module])
    narrow(document, "execution_id", [waiting, ended, row, "none"])
    narrow(document, "step", ["ask", "other"])
    # Not what waits for an approval: run again, it would wait for another.
    narrow(document, "execution_id", [ended, row, "none"], within="/retry")
    status, said = findings(live, tmp_path, document, org.key)
    assert status == 0, said[-8000:]
    assert "Stateful (in" in said
    assert live.rows(org) > 20, "calls came through"
