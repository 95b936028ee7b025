"""One operation as OpenAPI writes it."""

import re
from typing import Any

from platform_agents.openapi import parameters
from platform_agents.openapi.operation import Examples, Operation, Reply
from platform_agents.openapi.refusals import refusals
from platform_agents.openapi.schemas import Schemas


def written(operation: Operation, path: str, schemas: Schemas) -> dict[str, Any]:
    """All but its security, which its view knows."""
    replies = {str(status): _reply(r, schemas) for status, r in operation.replies.items()}
    return {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        **({"description": operation.text} if operation.text else {}),
        **_parameters(operation, path, schemas),
        **_body(operation, schemas),
        "responses": {**replies, **refusals(operation)},
    }


def _parameters(operation: Operation, path: str, schemas: Schemas) -> dict[str, Any]:
    found = [
        *(parameters.in_path(name) for name in re.findall(r"{(\w+)}", path)),
        *(schemas.parameters(operation.query) if operation.query else []),
        *(parameters.sent(name) for name in operation.headers),
    ]
    return {"parameters": found} if found else {}


def _body(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    if operation.body is None:
        return {}
    content = _content(operation.body, "application/json", operation.examples, schemas)
    return {"requestBody": {"required": operation.body_required, "content": content}}


def _reply(reply: Reply, schemas: Schemas) -> dict[str, Any]:
    names = ("X-Request-Id", *reply.headers)
    headers = {name: parameters.ANSWERED[name] for name in names}
    content = (
        {} if reply.body is None else _content(reply.body, reply.media, reply.examples, schemas)
    )
    return {
        "description": reply.what,
        "headers": headers,
        **({"content": content} if content else {}),
        **({"links": {to: _link(to) for to in reply.leads_to}} if reply.leads_to else {}),
    }


def _link(operation_id: str) -> dict[str, Any]:
    of_body = {"execution_id": "$response.body#/execution_id"}
    return {"operationId": operation_id, "parameters": of_body}


def _content(type_: Any, media: str, examples: Examples, schemas: Schemas) -> dict[str, Any]:
    shown = {name: {"value": value} for name, value in examples.items()}
    return {media: {"schema": schemas.of(type_), **({"examples": shown} if shown else {})}}
