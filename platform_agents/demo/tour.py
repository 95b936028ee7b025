"""The demo from start to end: database, processes, the run, staying up, cleaning up.

Called by `manage.py demo`. Whatever ends it (the result, a failure, a signal), the children end
in order: web first, so that nothing new is accepted, then the cluster. The embedded PostgreSQL
stops at the process's exit, when nobody else uses it.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

from platform_agents.demo import database, interrupts, invitation, login, port, showcase, stage
from platform_agents.demo.children import Child, Children
from platform_agents.demo.errors import DemoFailed, StillRunning
from platform_agents.demo.guard import Guard
from platform_agents.demo.loopback import Web
from platform_agents.demo.screen import Screen
from platform_agents.demo.seed import DemoOrg, seed


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the command line asks for. port: None for 8000 or the next free one, 0 for any."""

    port: int | None = None
    once: bool = False
    seed_only: bool = False
    json_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Seeded:
    orgs: list[DemoOrg]
    password: str


def perform(wish: Wish, screen: Screen) -> None:
    """Raises DemoFailed, Stopped, and what the database and the file system raise."""
    if settings.PRODUCTION:
        raise DemoFailed(
            "ENVIRONMENT is production. The demo makes logins and prints their password, "
            "so it runs in development only."
        )
    screen.heading("platform agents · demo")
    with _cleaned_up(Children(Guard())) as children:
        if wish.seed_only:
            _prepare(screen)
            return
        with port.listen(wish.port) as server:  # first, so that a taken port is said at once
            seeded = _prepare(screen)
            web, cluster = stage.start(children, server)
        stage.wait_until_ready(screen, web, cluster, children)
        _run(wish, screen, seeded, web, cluster)
        if not wish.once:
            invitation.show(screen, web.url, seeded.orgs, seeded.password)
            _stay_up(screen, children)


@contextmanager
def _cleaned_up(children: Children) -> Iterator[Children]:
    try:
        yield children
    finally:
        interrupts.ignore()
        children.end()
        connections.close_all()


def _prepare(screen: Screen) -> Seeded:
    folder = stage.state_folder()
    with screen.step("database") as step:
        folder.mkdir(parents=True, exist_ok=True)
        step.said = database.start()
    with database.alone():
        with screen.step("tables") as step:
            step.said = database.build()
        with screen.step("seed") as step:
            password = login.password(folder)
            orgs = seed(password)
            step.said = f"organizations {' and '.join(org.name for org in orgs)}, modules, logins"
    return Seeded(orgs=orgs, password=password)


def _run(wish: Wish, screen: Screen, seeded: Seeded, web: Web, cluster: Child) -> None:
    org = seeded.orgs[0]
    body = showcase.request(org)
    with screen.step("run") as step:
        try:
            answer = showcase.run(web, org, body)
        except StillRunning as waiting:
            raise DemoFailed(f"{waiting}\n{cluster.last_lines()}") from waiting
        step.said = f"the data module described {answer.body['output']['rows']} penguins"
    showcase.show(screen, web, org, body, answer)
    if wish.json_file is not None:
        wish.json_file.write_text(json.dumps(answer.body, indent=2) + "\n", encoding="utf-8")
    if wish.once:
        screen.heading("Everything worked.")
        screen.line("  `make demo` stays up, with logins for the admin and a curl to try.\n")


def _stay_up(screen: Screen, children: Children) -> None:
    """Until a signal; returns then. Raises DemoFailed when a child ends before."""
    connection.close()
    screen.heading("Running.")
    folder = database.short(stage.state_folder())
    screen.line(f"  Ctrl-C stops everything. Logs: {folder}/demo-*.log\n")
    try:
        while True:
            children.check()
            time.sleep(0.2)
    except interrupts.Stopped:
        screen.line("\n  Stopping …")
