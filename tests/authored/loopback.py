"""The automation agent with a plain HTTP client, where its context has none: for workflows that
make requests to servers of the tests."""

import json as json_
from dataclasses import dataclass
from typing import Any

import aiohttp

from agents.automation import AutomationAgent
from agents.errors import TransientError


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json_.loads(self.body)


class LoopbackClient:
    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        timeout_s: float | None = None,
        max_bytes: int | None = None,
    ) -> Response:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.request(method, url, headers=headers, json=json, data=body) as answer,
            ):
                return Response(answer.status, dict(answer.headers), await answer.read())
        except aiohttp.ClientError:
            raise TransientError("The server cannot be reached.") from None


class HttpAutomation(AutomationAgent):
    name = "http_automation"
    aliases = ()

    async def execute(self, input_data: Any) -> Any:
        if getattr(self.context, "http", None) is None:
            self.context.http = LoopbackClient()  # type: ignore[attr-defined]
        return await super().execute(input_data)
