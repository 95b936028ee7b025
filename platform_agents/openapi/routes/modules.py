"""What an organization can run."""

from modules.answers import Agents, ModulePage, ModuleWithSchemas
from modules.api_listing import ModulesQuery
from platform_agents.openapi.operation import Operation, Reply, Table

TAG = {"name": "modules", "description": "What there is to run, and what it takes."}

TABLE: Table = {
    ("GET", "/modules"): Operation(
        id="listModules",
        tag="modules",
        summary="The organization's modules, newest first, in pages",
        text="Each with what would keep it from running. Unknown parameters are refused.",
        query=ModulesQuery,
        replies={200: Reply(what="A page.", body=ModulePage)},
    ),
    ("GET", "/modules/{module_id}"): Operation(
        id="getModule",
        tag="modules",
        summary="A module, with the JSON Schemas of its agent",
        replies={200: Reply(what="As it stands now.", body=ModuleWithSchemas)},
        refusals={404: ("module_not_found",)},
    ),
    ("GET", "/agents"): Operation(
        id="listAgents",
        tag="modules",
        summary="The agents that are installed, with their JSON Schemas",
        replies={200: Reply(what="All of them.", body=Agents)},
    ),
}
