"""Modules that run elsewhere: from POST /execute to the Node server of the docs, and back."""

import os
import shutil
import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.processes import ROOT, free_port, wait_until
from tests.remote_server import KEY, Answer, Asked, RemoteServer

SIGNED = {"signing_key": "${{ secrets.REMOTE_KEY }}"}
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")


@pytest.fixture(scope="module")
def short_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _serving("remote-server.mjs", tmp_path_factory.mktemp("node") / "log") as url:
        yield url


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _serving("remote-server-later.mjs", tmp_path_factory.mktemp("node") / "log") as url:
        yield url


@contextmanager
def _serving(shown: str, log: Path) -> Iterator[str]:
    """The address of a server of docs/agents, running."""
    port = free_port()
    env = {"PATH": os.environ["PATH"], "SIGNING_KEY": KEY, "PORT": str(port)}
    with log.open("wb") as file:
        server = subprocess.Popen(
            ["node", f"docs/agents/{shown}"], cwd=ROOT, env=env,
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_until(lambda: _listens(log), what="Node listens")
            yield f"http://127.0.0.1:{port}/run"
        finally:
            server.terminate()
            server.wait(timeout=10)


def _listens(log: Path) -> bool:
    assert "Error" not in log.read_text()
    return "listening" in log.read_text()


@pytest.fixture
def signing(tenants: Tenants) -> Tenants:
    """Acme has the server's key; Globex has another one of the same name."""
    db = tenants.live.db
    factories.secret(db, org=tenants.acme, name="REMOTE_KEY", value=KEY)
    factories.secret(db, org=tenants.globex, name="REMOTE_KEY", value="the-key-of-globex")
    return tenants


def module(tenants: Tenants, endpoint: str, *, python_module: str = "x", **config: Any) -> str:
    return factories.module(
        tenants.live.db, org=tenants.acme, python_module=python_module, endpoint=endpoint,
        config={**SIGNED, **config},
    )  # fmt: skip


@needs_node
class TestNode:
    def test_twenty_lines_are_enough(self, signing: Tenants, short_node: str) -> None:
        module_id = module(signing, short_node)
        answer = signing.live.execute(signing.acme, module_id, {"text": "grüße"}).json()
        assert answer["output"] == {"shouted": "GRÜSSE"}
        lines = (ROOT / "docs" / "agents" / "remote-server.mjs").read_text().splitlines()
        assert len(lines) <= 20
        assert httpx.post(short_node, content=b"{}").status_code == 401
        of_globex = factories.module(
            signing.live.db, org=signing.globex, endpoint=short_node, config=SIGNED
        )
        refused = signing.live.execute(signing.globex, of_globex, {"text": "hi"}).json()
        assert refused["error"] == "The remote server refused the request (401): bad signature"

    @pytest.mark.parametrize("later", [False, True], ids=["at once", "by callback"])
    def test_it_answers(self, signing: Tenants, node: str, *, later: bool) -> None:
        """Whatever the module's python_module says."""
        module_id = module(signing, node, python_module="no.such.agent", later=later)
        answer = signing.live.execute(signing.acme, module_id, {"text": "grüße"}).json()
        assert answer["status"] == "completed", answer
        assert answer["output"] == {"shouted": "GRÜSSE"}

    @pytest.mark.parametrize("later", [False, True], ids=["at once", "by callback"])
    def test_its_failure_is_the_runs(self, signing: Tenants, node: str, *, later: bool) -> None:
        module_id = module(signing, node, later=later)
        answer = signing.live.execute(signing.acme, module_id, {}).json()
        assert (answer["status"], answer["error"]) == ("failed", "text is missing")

    def test_it_refuses_who_has_another_key(self, signing: Tenants, node: str) -> None:
        db = signing.live.db
        of_globex = factories.module(db, org=signing.globex, endpoint=node, config=SIGNED)
        answer = signing.live.execute(signing.globex, of_globex, {"text": "hi"}).json()
        assert answer["status"] == "failed"
        assert answer["error"] == "The remote server refused the request (401): bad signature"

    def test_it_refuses_what_is_not_signed_or_old(self, node: str) -> None:
        for headers in ({}, {"X-Platform-Timestamp": "1", "X-Platform-Signature": "v1=00"}):
            assert httpx.post(node, content=b"{}", headers=headers).status_code == 401


def test_the_page_shows_the_server_that_is_tested() -> None:
    page, shown = (ROOT / "docs" / "agents" / name for name in ("remote.md", "remote-server.mjs"))
    assert f"```js\n{shown.read_text()}```\n" in page.read_text()


def test_the_request_says_whose_run_it_is(signing: Tenants) -> None:
    with RemoteServer.running(lambda _: Answer(body={"output": {}})) as server:
        task_id = factories.task(signing.live.db, org=signing.acme)
        module_id = module(signing, f"  {server.url} ")
        answer = signing.live.execute(signing.acme, module_id, {"a": 1}, task_id=task_id).json()
        [asked] = server.asked
        assert asked.is_signed
        sent = asked.json
        url = urllib.parse.urlsplit(sent.pop("callback_url"))
        assert url.path == f"/executions/{answer['execution_id']}/callback"
        assert sent.pop("deadline").endswith("Z")
        assert sent == {
            "execution_id": answer["execution_id"], "module_id": module_id, "task_id": task_id,
            "org_id": signing.acme.id, "attempt": 1, "input_data": {"a": 1},
        }  # fmt: skip


def test_an_agent_calls_a_module_that_runs_elsewhere(signing: Tenants) -> None:
    with RemoteServer.running(lambda asked: Answer(body={"output": asked.json["input_data"]})) as s:
        remote, bad = module(signing, s.url), module(signing, "nonsense")
        caller = factories.module(signing.live.db, org=signing.acme, python_module="caller")
        given = {"modules": [[remote, {"a": 1}], [bad, {}]], "catch": True}
        first, second = signing.live.execute(signing.acme, caller, given).json()["output"]
        assert first == {"a": 1}
        assert "endpoint: Expected an http or https address" in second["failed"]


def test_what_may_pass_is_tried_again_with_the_same_idempotency_key(signing: Tenants) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.json["attempt"] == 1:
            return Answer(cut=True)
        if asked.json["attempt"] == 2:
            return Answer(status=503, headers={"Retry-After": "0"})
        return Answer(body={"output": "third"})

    with RemoteServer.running(answer) as server:
        module_id = module(signing, server.url)
        factories.policy(signing.live.db, org=signing.acme, module_id=module_id, backoff_s=0)
        found = signing.live.execute(signing.acme, module_id).json()
        assert found["output"] == "third"
        assert {a.headers["idempotency-key"] for a in server.asked} == {found["execution_id"]}
        detail = signing.live.get(signing.acme, f"/executions/{found['execution_id']}").json()
        codes = [attempt["code"] for attempt in detail["run"]["attempts"]]
        assert codes == ["transient", "rate_limited", None]


def test_without_its_secret_a_module_sends_nothing(tenants: Tenants) -> None:
    """The other organization's of the same name is not taken."""
    factories.secret(tenants.live.db, org=tenants.globex, name="REMOTE_KEY", value=KEY)
    with RemoteServer.running(lambda _: Answer(body={"output": 1})) as server:
        answer = tenants.live.execute(tenants.acme, module(tenants, server.url)).json()
        assert answer["status"] == "failed"
        assert "config.signing_key: the organization has no secret REMOTE_KEY" in answer["error"]
        assert server.asked == []


@pytest.mark.parametrize("endpoint", ["ftp://a/", "nonsense", "http://u:p@a/"])
def test_an_endpoint_that_is_no_address_is_refused_at_once(tenants: Tenants, endpoint: str) -> None:
    body = tenants.body(module_id=module(tenants, endpoint))
    refusal = tenants.refused(body, 409, "invalid_module_config")
    assert list(refusal["errors"]) == ["endpoint"]


def test_a_remote_module_without_a_signing_key_is_refused_at_once(tenants: Tenants) -> None:
    module_id = factories.module(tenants.live.db, org=tenants.acme, endpoint="https://a.example/")
    refusal = tenants.refused(tenants.body(module_id=module_id), 409, "invalid_module_config")
    assert list(refusal["errors"]) == ["config.signing_key"]


@pytest.mark.parametrize("endpoint", [None, "", "  "])
def test_a_module_without_an_endpoint_runs_here(tenants: Tenants, endpoint: str | None) -> None:
    module_id = factories.module(tenants.live.db, org=tenants.acme, endpoint=endpoint)
    assert tenants.live.execute(tenants.acme, module_id, {"a": 1}).json()["output"] == {"a": 1}
