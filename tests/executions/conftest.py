"""Two organizations on the running installation, and what every refusal must look like."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests import factories
from tests.factories import Org
from tests.live import Live
from tests.processes import ROOT

_NEVER_SHOWN = ("Traceback", "site-packages", 'File "', str(ROOT), "psycopg", "SELECT ", "abw_")


@dataclass(frozen=True, kw_only=True)
class Tenants:
    """Acme calls; Globex has the same modules and must neither be seen nor touched. `echo` is the
    id of Acme's echo module."""

    live: Live
    acme: Org
    globex: Org
    echo: str

    def body(self, **changes: Any) -> dict[str, Any]:
        """A good request of Acme's, with changes."""
        good = {"module_id": self.echo, "org_id": self.acme.id, "input_data": {}}
        return {**good, **changes}

    def post(
        self, body: Any, *, path: str = "/execute", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """As Acme. Bytes (or an iterator of them: chunked) go as they are, the rest as JSON."""
        content = body if isinstance(body, bytes | Iterator) else json.dumps(body).encode()
        given = {"X-API-Key": self.acme.key, "Content-Type": "application/json", **(headers or {})}
        return self.live.http.post(path, content=content, headers=given)

    @contextmanager
    def nothing_written(self) -> Iterator[None]:
        def rows() -> list[int]:
            return [self.live.rows(org) for org in (self.acme, self.globex)]

        before = rows()
        yield
        assert rows() == before, "a refused request left rows behind"

    def refused(
        self, body: Any, status: int, code: str, *, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Post as Acme, expect this refusal and no row; returns the error body."""
        with self.nothing_written():
            response = self.post(body, headers=headers)
        return self.refusal(response, status, code)

    def refusal(self, response: httpx.Response, status: int, code: str) -> dict[str, Any]:
        """The body of a refusal, after a look at everything that holds for all of them."""
        assert response.status_code == status, response.text[:500]
        assert response.headers["content-type"] == "application/json"
        body: dict[str, Any] = response.json()
        assert body["code"] == code
        assert body.keys() <= {"detail", "code", "errors"}
        assert len(body["detail"]) > 10
        assert body["detail"].endswith((".", ")"))
        for path, why in body.get("errors", {}).items():
            assert path
            assert why
            assert all(isinstance(text, str) for text in why)
        private = (*_NEVER_SHOWN, self.globex.id, self.globex.user_id, self.globex.key)
        assert [text for text in private if text in response.text] == []
        assert len(response.content) < 20_000, "a refusal is short, however wrong the request was"
        return body


@pytest.fixture
def tenants(live: Live) -> Tenants:
    acme, globex = (factories.organization(live.db, name=name) for name in ("Acme", "Globex"))
    echo = factories.module(live.db, org=acme)
    factories.module(live.db, org=globex)
    return Tenants(live=live, acme=acme, globex=globex, echo=echo)
