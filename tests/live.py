"""A whole installation in real processes, and the calls that tests make to it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from agents.testing.openai_server import OpenAIServer
from tests import databases, factories
from tests.factories import Org
from tests.http_server import Answer as HttpAnswer
from tests.http_server import HttpServer
from tests.manage import Warm
from tests.processes import Cluster, Web, free_port, wait_until


@dataclass(kw_only=True)
class Live:
    """web and cluster share `params`' database; `db` is our own autocommit connection to it.
    gateway: what NODE_API_URL names; API_KEY is the key of the organization `platform`."""

    params: dict[str, Any]
    db: psycopg.Connection[Any]
    web: Web
    cluster: Cluster
    http: httpx.Client
    openai: OpenAIServer
    gateway: HttpServer
    platform: Org
    ending: ExitStack
    env: dict[str, str] = field(default_factory=dict)
    _warm: Warm | None = None

    @staticmethod
    @contextmanager
    def on_a_copy(
        name: str, blocker: Any, folders: pytest.TempPathFactory, **settings: str
    ) -> Iterator["Live"]:
        """For fixtures: on a database of its own, made from the test database."""
        with (
            blocker.unblock(),
            databases.copy_of_test_database(name) as params,
            Live.running(params, folders.mktemp(name), **settings) as live,
        ):
            yield live

    @staticmethod
    @contextmanager
    def running(params: dict[str, Any], folder: Path, **settings: str) -> Iterator["Live"]:
        with (
            ExitStack() as ending,
            OpenAIServer() as openai,
            HttpServer(lambda _: HttpAnswer()) as gateway,
            databases.connect(params) as db,
        ):
            platform = factories.organization(db, name="Platform")
            port = free_port()
            env = {
                "PUBLIC_URL": f"http://127.0.0.1:{port}",
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "DATABASE_URL": databases.url(params),
                "RUN_GRACE_SECONDS": "0.5",
                "NODE_API_URL": gateway.url,
                "API_KEY": platform.key,
                "WEBHOOK_BACKOFF_SECONDS": "0.2",
                "WEBHOOK_TIMEOUT_SECONDS": "3",
                **settings,
            }
            web = Web(env=env, log=folder / "web.log", port=port)
            cluster = Cluster(env=env, log=folder / "cluster.log")
            # The pool closes what it may not keep, and with many threads sometimes one in use.
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
            with httpx.Client(base_url=web.url, timeout=60, limits=limits) as http:
                live = Live(
                    params=params, db=db, web=web, cluster=cluster, http=http,
                    openai=openai, gateway=gateway, platform=platform, ending=ending, env=env,
                )  # fmt: skip
                try:
                    web.wait_ready()
                    yield live
                finally:
                    live.web.stop()
                    live.cluster.stop()

    def restart_web(self) -> None:
        """What a supervisor does once the old one is dead; the address stays."""
        assert not self.web.alive
        self.web = Web(env=self.env, log=self.web.log, port=self.web.port)
        self.web.wait_ready()

    def restart_cluster(self) -> None:
        assert not self.cluster.alive
        self.cluster = Cluster(env=self.env, log=self.cluster.log)

    def manage(self, *args: str, status: int = 0) -> str:
        """What `manage.py` printed; its exit status is checked."""
        if self._warm is None:
            self._warm = self.ending.enter_context(Warm.running(self.env))
        done = self._warm.manage(*args)
        said = done.out + done.err
        assert done.status == status, said
        assert "Traceback" not in said
        return said

    def execute(
        self, org: Org, module_id: str, input_data: Any = None, *, prefer: str = "", **fields: Any
    ) -> httpx.Response:
        """POST /execute as the gateway sends it, with the organization's own key."""
        body = {"module_id": module_id, "org_id": org.id, "input_data": input_data or {}, **fields}
        headers = {"X-API-Key": org.key, **({"Prefer": prefer} if prefer else {})}
        return self.http.post("/execute", json=body, headers=headers)

    def get(self, org: Org, path: str) -> httpx.Response:
        return self.http.get(path, headers={"X-API-Key": org.key})

    def finished(self, org: Org, execution_id: str, *, seconds: float = 30) -> dict[str, Any]:
        """The detail of an execution once it has finished."""
        detail: dict[str, Any] = {}

        def done() -> bool:
            detail.update(self.get(org, f"/executions/{execution_id}").json())
            return detail["status"] in {"completed", "failed"}

        wait_until(done, seconds=seconds, what=f"{execution_id} finishes")
        return detail

    def rows(self, org: Org) -> int:
        """How many execution rows the organization has, the gateway's and ours together."""
        found = self.db.execute(
            "SELECT (SELECT count(*) FROM public.module_executions WHERE org_id = %(org)s)"
            " + (SELECT count(*) FROM executions_run WHERE org_id = %(org)s)",
            {"org": org.id},
        ).fetchone()
        assert found is not None
        return int(found[0])
