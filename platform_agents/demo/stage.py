"""The demo's web server and cluster: started together, waited for until both can work.

Their logs, like the password, lie beside the embedded server's folder. Called by `tour`.
"""

import os
import socket
import time
from pathlib import Path

from django.conf import settings

from executions.models import Worker
from platform_agents.demo.children import Child, Children
from platform_agents.demo.errors import DemoFailed
from platform_agents.demo.loopback import Web
from platform_agents.demo.screen import Screen

_READY_S = 90.0


def start(children: Children, server: socket.socket) -> tuple[Web, Child]:
    """Web server and cluster, both at once; the web server gets `server`, already listening."""
    number: int = server.getsockname()[1]
    _start_web_server(children, number, server.fileno())
    cluster = _start_cluster(children, number)
    return Web(number, check=children.check), cluster


def _start_web_server(children: Children, number: int, fd: int) -> None:
    args = ["-m", "uvicorn", "platform_agents.asgi:application", "--fd", str(fd),
            "--ws-max-size", "4096", "--ws-per-message-deflate", "false",
            "--timeout-graceful-shutdown", "3"]  # fmt: skip
    log = state_folder() / f"demo-web-{number}.log"
    children.start("web server", args, log=log, grace_s=8, fds=[fd])


def _start_cluster(children: Children, number: int) -> Child:
    log = state_folder() / f"demo-cluster-{number}.log"
    grace_s = settings.STOP_GRACE_SECONDS + 10
    return children.start("cluster", ["manage.py", "qcluster"], log=log, grace_s=grace_s)


def wait_until_ready(screen: Screen, web: Web, cluster: Child, children: Children) -> None:
    """The web server answers, and every worker has reported."""
    with screen.step("web") as step:
        if (answer := web.get("/health", seconds=_READY_S)).status != 200:
            raise DemoFailed(f"GET /health was answered {answer.status}: {answer.body}")
        step.said = web.url
    with screen.step("cluster") as step:
        step.said = f"{_wait_for_workers(cluster, children)} workers are ready"


def _wait_for_workers(cluster: Child, children: Children) -> int:
    wanted: int = settings.Q_CLUSTER["workers"]
    deadline = time.monotonic() + _READY_S
    while _workers_of(cluster) < wanted:
        children.check()
        if time.monotonic() > deadline:
            raise DemoFailed(f"No worker reported for {_READY_S:.0f} s.\n{cluster.last_lines()}")
        time.sleep(0.1)
    return wanted


def _workers_of(cluster: Child) -> int:
    """How many of its processes have said in the database that they live. Those of other
    clusters, and of the one before, do not count."""
    pids = Worker.objects.filter(host=socket.gethostname()).values_list("pid", flat=True)
    return sum(_session(pid) == cluster.pid for pid in set(pids))


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return 0


def state_folder() -> Path:
    """Where the logs and the password are: beside the embedded server's folder."""
    folder: Path = settings.EMBEDDED_DIR.resolve().parent
    return folder
