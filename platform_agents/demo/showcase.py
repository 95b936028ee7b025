"""The run that the demo shows: the data module over HTTP, on the penguins, and its printing."""

import json
from typing import Any

from django.conf import settings

from platform_agents.demo import penguins
from platform_agents.demo.errors import DemoFailed, StillRunning
from platform_agents.demo.loopback import Answer, Web
from platform_agents.demo.screen import Screen
from platform_agents.demo.seed import DemoOrg

_NUMBERS = ("mean", "std", "min", "25%", "50%", "75%", "max")
_TEXTS = ("unique", "top", "freq")


def request(org: DemoOrg) -> dict[str, Any]:
    """The body that the gateway would send."""
    return {
        "module_id": org.module_id("data"),
        "org_id": org.id,
        "input_data": {"operation": "describe", "records": penguins.records()},
    }


def run(web: Web, org: DemoOrg, body: dict[str, Any]) -> Answer:
    """POST /execute and its answer, which is of a completed run. Raises DemoFailed otherwise."""
    seconds = settings.EXECUTE_WAIT_SECONDS + 20
    answer = web.post("/execute", body, headers={"X-API-Key": org.api_key}, seconds=seconds)
    said = answer.body if isinstance(answer.body, dict) else {}
    if answer.status == 200 and said.get("status") == "completed":
        return answer
    if said.get("status") == "failed":
        raise DemoFailed(f"The run failed: {said.get('error')}")
    if answer.status == 202:
        raise StillRunning(
            f"The run was still {said.get('status')} after {answer.seconds:.0f} s. Is its module "
            "or organization paused, or the cluster busy? The admin and the log show it."
        )
    raise DemoFailed(f"POST /execute was answered {answer.status}: {json.dumps(answer.body)}")


def show(screen: Screen, web: Web, org: DemoOrg, body: dict[str, Any], answer: Answer) -> None:
    screen.heading("Request")
    _show_request(screen, web, org, body)
    screen.heading(f"Answer  {answer.status} in {answer.seconds:.2f} s")
    said = answer.body
    screen.line(f'  {{"execution_id": "{said["execution_id"]}", "status": "{said["status"]}", …}}')
    columns = said["output"]["columns"]
    _show_columns(screen, columns, _NUMBERS)
    _show_columns(screen, columns, _TEXTS)


def _show_request(screen: Screen, web: Web, org: DemoOrg, body: dict[str, Any]) -> None:
    records = body["input_data"]["records"]
    screen.line(f"  POST {web.url}/execute")
    screen.line(f"  X-API-Key: {org.api_key[:8]}…{org.api_key[-4:]}   ({org.name})")
    screen.line(f'  {{"module_id": "{body["module_id"]}", "org_id": "{org.id}",')
    screen.line('   "input_data": {"operation": "describe", "records": [')
    screen.line(f"     {json.dumps(records[0])[:88]}…")
    screen.line(f"     … and {len(records) - 1} more penguins]}}}}")


def _show_columns(
    screen: Screen, columns: dict[str, dict[str, Any]], statistics: tuple[str, ...]
) -> None:
    """Those columns of the data set that have these statistics."""
    rows = [
        [name, *(_cell(column[key]) for key in ("type", "count", "missing", *statistics))]
        for name, column in columns.items()
        if statistics[0] in column
    ]
    screen.line()
    screen.table([["column", "type", "count", "missing", *statistics], *rows])


def _cell(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
