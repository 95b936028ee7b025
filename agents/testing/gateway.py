"""`RecordingGateway`: the platform's API for tests of agents, answering as scripted."""

from collections.abc import Mapping
from typing import Any

from agents.encoding import to_json
from agents.gateway import Gateway
from agents.outbound.response import Response


class RecordingGateway(Gateway):
    """context = RecordingContext(gateway=RecordingGateway({"GET /api/tasks": [{"id": "t1"}]}))

    replies: from `METHOD /path` to a body, an `agents.outbound.Response`, an error to raise, or a
    function of the JSON that was sent. What is not among them is answered 404. requests keeps them:
    [(method, path, json)]. Paths are checked as they are in production.
    """

    requests: list[tuple[str, str, Any]]

    def __init__(self, replies: Mapping[str, Any] | None = None) -> None:
        super().__init__(ask=self._reply)
        object.__setattr__(self, "requests", [])
        object.__setattr__(self, "_replies", dict(replies or {}))

    async def _reply(
        self, method: str, path: str, *, json: Any, headers: Mapping[str, str]
    ) -> Response:
        self.requests.append((method, path, json))
        replies: dict[str, Any] = self.__dict__["_replies"]
        if f"{method} {path}" not in replies:
            return _answer(404, {"message": "Nothing is here."})
        reply = replies[f"{method} {path}"]
        if isinstance(reply, Exception):
            raise reply
        if callable(reply):
            reply = reply(json)
        return reply if isinstance(reply, Response) else _answer(200, reply)


def _answer(status: int, body: Any) -> Response:
    headers = {"Content-Type": "application/json"}
    return Response(status=status, headers=headers, body=to_json(body).encode())
