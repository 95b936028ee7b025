"""The whole document. drf-spectacular finds the routes, what secures them, and checks the result;
what each does and answers stands in `routes`. Run by `manage.py openapi`; nothing that serves
imports it.
"""

import json
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from drf_spectacular.validation import validate_schema

from platform_agents.openapi.paths import written
from platform_agents.openapi.refusals import Refusal
from platform_agents.openapi.routes import TABLE, TAGS
from platform_agents.openapi.schemas import Schemas
from platform_agents.tenancy.authentication import HEADER

_TEXT = """\
Runs the modules of an organization and tells what became of it. JSON in, JSON out; paths have no \
trailing slash. What belongs to another organization looks exactly like what does not exist. Every \
refusal has the form of `Refusal`; its `code` is stable."""
_SETTINGS = {
    "TITLE": "Platform agents",
    "VERSION": "0.1.0",
    "DESCRIPTION": _TEXT,
    "OAS_VERSION": "3.1.0",
    "TAGS": TAGS,
    "SERVERS": [{"url": "/"}],
    "POSTPROCESSING_HOOKS": [],
}


class Undescribed(Exception):
    """A route has no entry in `routes`."""


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "platform_agents.tenancy.authentication.ApiKeyAuthentication"
    match_subclasses = True
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        what = "A key of the organization, as the gateway's `api_keys` table has it."
        return {"type": "apiKey", "in": "header", "name": HEADER, "description": what}


class FromTable(AutoSchema):
    """How a view describes itself: as `routes` say (setting DEFAULT_SCHEMA_CLASS)."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any]:
        self.registry, self.path, self.method = registry, path, method
        if (operation := TABLE.get((method, path))) is None:
            raise Undescribed(f"{method} {path} is not described in platform_agents.openapi.routes")
        return {**written(operation, path, _schemas), "security": self.get_auth()}


def document() -> dict[str, Any]:
    """Valid OpenAPI 3.1. Raises Undescribed."""
    with patched_settings(_SETTINGS):
        made: dict[str, Any] = _generator().get_schema(public=True)
    for (method, path), operation in TABLE.items():
        of_path = made["paths"].setdefault(path, {})  # plain views, which it does not look for
        of_path.setdefault(method.lower(), {**written(operation, path, _schemas), "security": []})
    made["paths"] = dict(sorted(made["paths"].items()))
    made["components"]["schemas"] = dict(sorted(_schemas.components.items()))
    validate_schema(made)  # type: ignore[no-untyped-call]
    return made


def _generator() -> Any:
    return SchemaGenerator()  # type: ignore[no-untyped-call]


def text() -> str:
    """As it is checked in."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


_operations = TABLE.values()
_schemas = Schemas(
    sent=[o.body for o in _operations if o.body is not None],
    answered=[Refusal, *(r.body for o in _operations for r in o.replies.values() if r.body)],
)
