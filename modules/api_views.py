"""GET /modules, /modules/{id} and /agents: what an organization has to run, and what there is."""

import hashlib
import json
from functools import cache

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modules import api_description as describe
from modules import registry
from modules.answers import AgentDetail, ModulePage, ModuleWithSchemas
from modules.api_listing import ModulesQuery, modules
from modules.errors import ModuleNotFound
from modules.models import Module
from platform_agents import listing
from platform_agents.tenancy.authentication import key_of


class ModulesView(APIView):
    """`schemas` holds the JSON Schemas of the page's agents, each once, by the agent's name."""

    def get(self, request: Request) -> Response:
        org_id = key_of(request).org_id
        wanted = listing.read(request.query_params, ModulesQuery)
        found, following = modules(org_id, wanted)
        agents = {agent.name: agent for row in found if (agent := describe.agent_of(row))}
        answer: ModulePage = {
            "modules": [describe.module(row) for row in found],
            "schemas": {name: describe.json_schemas(agents[name]) for name in sorted(agents)},
            "next": following,
        }
        return Response(answer)


class ModuleView(APIView):
    def get(self, request: Request, module_id: str) -> Response:
        row = Module.objects.for_org(key_of(request).org_id).filter(id=module_id).first()
        if row is None:
            raise ModuleNotFound("No such module in this organization.")
        agent = describe.agent_of(row)
        schemas = None if agent is None else describe.json_schemas(agent)
        answer: ModuleWithSchemas = {**describe.module(row), "schemas": schemas}
        return Response(answer)


class AgentsView(APIView):
    """The same for every organization until the next deployment, so it may be kept a minute."""

    def get(self, request: Request) -> HttpResponse | None:
        described, etag = _agents()
        headers = {"Cache-Control": "private, max-age=60", "ETag": etag, "Vary": "X-API-Key"}
        response = Response({"agents": described}, headers=headers)
        return get_conditional_response(request._request, etag=etag, response=response)


@cache
def _agents() -> tuple[list[AgentDetail], str]:
    described = [describe.agent(registered) for registered in registry.all_agents()]
    text = json.dumps(described, sort_keys=True).encode()
    return described, f'"{hashlib.sha256(text).hexdigest()[:32]}"'
