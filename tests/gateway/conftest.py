"""The compiled package, and the organizations that its tests call as."""

import base64
import json
import os
import secrets
import subprocess

import pytest

from tests import factories
from tests.gateway_package import GATEWAY
from tests.live import Live

AGENTS = ("echo", "failing_agent", "agents.shout_agent", "chatter", "reporter", "flaky", "in_steps")
WEBHOOK_SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture(scope="session")
def compiled() -> None:
    """Types are checked on the way, and nothing is left of a source that is gone."""
    run(("node", "scripts/clean.mjs"))
    run(("node", "node_modules/typescript/bin/tsc"))


def run(command: tuple[str, ...], **env: str) -> str:
    """What the command said; it must succeed."""
    done = subprocess.run(
        command, cwd=GATEWAY, env={"PATH": os.environ["PATH"], **env}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


@pytest.fixture
def installation(live: Live) -> str:
    """What the tests read from the variable INSTALLATION, as JSON: the address, and two
    organizations with the same modules."""
    return json.dumps(
        {"url": live.web.url, "acme": _tenant(live, "Acme"), "globex": _tenant(live, "Globex")}
    )


def _tenant(live: Live, name: str) -> dict[str, object]:
    org = factories.organization(live.db, name=name)
    modules = {
        agent: factories.module(live.db, org=org, python_module=agent, name=f"{name} {agent}")
        for agent in AGENTS
    }
    factories.secret(live.db, org=org, name="WEBHOOK", value=WEBHOOK_SECRET)
    task = factories.task(live.db, org=org)
    return {
        "id": org.id,
        "key": org.key,
        "modules": modules,
        "task": task,
        "webhookSecret": WEBHOOK_SECRET,
    }
