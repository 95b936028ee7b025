"""`manage.py run_agent NAME`: an agent in this process, without a database, a worker or a host.

Events go to stderr as they come, the output to stdout as JSON. Exit status: 0 completed, 1 failed,
2 wrong usage, 3 suspended, 130 stopped by Ctrl-C.
"""

import argparse
import json
import math
import os
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from agents.kit.local import context_for, run_here
from agents.kit.terminal import Terminal, printable
from agents.outcome import Outcome
from modules.management import console

_JSON = "a file, - for stdin, or '{…}' itself"
_STATUS = {"completed": 0, "failed": 1, "suspended": 3, "cancelled": 130}


class Command(BaseCommand):
    help = "Run an agent here and show what it reports; needs no database. Ctrl-C cancels."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="as modules.python_module says it")
        parser.add_argument("--input", default="{}", metavar="JSON", help=f"{_JSON}; default: {{}}")
        parser.add_argument("--config", default="{}", metavar="JSON", help="the same, of a module")
        parser.add_argument(
            "--modules", default="{}", metavar="JSON",
            help="what calls of other modules answer: {name: output}",
        )  # fmt: skip
        parser.add_argument(
            "--secrets", default="{}", metavar="JSON",
            help="what ${{ secrets.NAME }} stands for in the config: {NAME: value}",
        )  # fmt: skip
        parser.add_argument("--timeout", type=_seconds, metavar="S", help="default: no limit")
        parser.add_argument("--org", default="local", metavar="ID", help="the agent's org_id")

    def handle(self, *args: Any, **options: Any) -> None:
        agent = console.agent(options["name"])
        given = {what: console.json_object(options[what], what=f"--{what}")
                 for what in ("input", "config", "modules", "secrets")}  # fmt: skip
        terminal, began = Terminal(sys.stderr), time.monotonic()
        context = context_for(
            org_id=options["org"],
            emit=terminal.emit,
            secrets=agent.secrets(),
            modules=given["modules"],
            outbound=settings.OUTBOUND,
        )
        outcome = run_here(
            agent.cls,
            input_json=json.dumps(given["input"]).encode(),
            config=given["config"],
            org_secrets=given["secrets"],
            context=context,
            timeout_s=options["timeout"],
        )
        terminal.say(_verdict(outcome, time.monotonic() - began, trace=options["traceback"]))
        if outcome.status == "completed":
            self.stdout.write(_pretty(outcome))
        _leave(_STATUS[outcome.status])


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError("expected seconds, more than 0")
    return seconds


def _verdict(outcome: Outcome, took_s: float, *, trace: bool) -> str:
    if outcome.status == "completed":
        return f"completed in {took_s:.3f} s{_too_large(outcome)}"
    if outcome.status == "cancelled":
        return outcome.error
    if outcome.suspended is not None:
        return printable(
            f"suspended: {outcome.suspended['reason']} of step {outcome.suspended['step']!r}; "
            "a real run would go on from there."
        )
    lines = [f"failed ({outcome.code}): {outcome.error}"]
    if outcome.retryable:
        lines.append("The runner would try it again.")
    if outcome.code == "module_call_refused":
        lines.append("--modules says what calls of other modules answer here.")
    if outcome.detail:
        lines.append(outcome.detail if trace else "--traceback shows where.")
    return printable("\n".join(lines))


def _too_large(outcome: Outcome) -> str:
    size = len(outcome.output.encode())
    if size <= settings.MAX_OUTPUT_BYTES:
        return ""
    return (
        f", but the runner would refuse the output: it has {size:,} bytes, "
        f"MAX_OUTPUT_BYTES allows {settings.MAX_OUTPUT_BYTES:,}"
    )


def _pretty(outcome: Outcome) -> str:
    unicode = "utf" in (sys.stdout.encoding or "").lower()
    return json.dumps(outcome.value, indent=2, ensure_ascii=not unicode)


def _leave(status: int) -> None:
    """A thread that does not end although its run did must not keep the process."""
    if status and threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
