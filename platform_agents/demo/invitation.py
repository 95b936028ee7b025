"""What to try next: the admin with its logins, and a curl that works as it is printed."""

import json
import shlex
from urllib.request import getproxies

from platform_agents.demo import penguins
from platform_agents.demo.screen import Screen
from platform_agents.demo.seed import ADMIN, DemoOrg

_FEW = 3


def show(screen: Screen, url: str, orgs: list[DemoOrg], password: str) -> None:
    screen.heading(f"Admin  {url}/admin/")
    logins = {ADMIN: "superuser, sees every organization"}
    logins |= {org.operator: f"operator, sees only {org.name}" for org in orgs}
    for username, who in logins.items():
        screen.line(f"  {username:12} {password}   {screen.dim(who)}")
    screen.heading("Try it yourself")
    for line in curl(url, orgs[0]):
        screen.line(f"  {line}")


def curl(url: str, org: DemoOrg) -> list[str]:
    """Lines to paste into a shell."""
    few = [
        {name: row[name] for name in ("species", "body_mass_g")}
        for row in penguins.records()[:_FEW]
    ]
    body = {"module_id": org.module_id("data"), "org_id": org.id, "input_data": {"records": few}}
    direct = ["--noproxy", "*"] if getproxies() else []
    parts = [
        ["curl", "-sS", *direct, f"{url}/execute"],
        ["-H", f"X-API-Key: {org.api_key}"],
        ["-H", "Content-Type: application/json"],
        ["-d", json.dumps(body)],
    ]
    first, *others = map(shlex.join, parts)
    return [f"{line} \\" for line in [first, *(f"  {o}" for o in others[:-1])]] + [
        f"  {others[-1]}"
    ]
