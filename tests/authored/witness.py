"""Agents that write down when they start and end, in a file that the test names.

One line per event: execution id, attempt, `start` or `end`, seconds since the epoch. Appended in
one write, so lines of many processes do not mix.
"""

import asyncio
import os
import subprocess
import sys
import time

from pydantic import BaseModel

from agents import BaseAgent


class Witness(BaseAgent):
    """Waits on the event loop that many runs share."""

    name = "witness"

    class Input(BaseModel):
        n: int = 0
        journal: str
        sleep_s: float = 0

    async def execute(self, input_data: Input) -> dict[str, int]:
        self._write(input_data.journal, "start")
        await self._work(input_data.sleep_s)
        self._write(input_data.journal, "end")
        return {"n": input_data.n}

    async def _work(self, sleep_s: float) -> None:
        await asyncio.sleep(sleep_s)

    def _write(self, journal: str, what: str) -> None:
        line = f"{self.context.execution_id} {self.context.attempt} {what} {time.time():.6f}\n"
        file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, line.encode())
        os.close(file)


class CpuWitness(Witness):
    """Blocks, in a process of its own."""

    name = "cpu_witness"
    lane = "cpu"

    async def _work(self, sleep_s: float) -> None:
        time.sleep(sleep_s)


class Parent(CpuWitness):
    """Starts a program and, in a session of its own, another; then waits for neither."""

    name = "parent"

    async def _work(self, sleep_s: float) -> None:
        for alone in (False, True):
            subprocess.Popen(
                [sys.executable, "-c", "import time; time.sleep(600)", "left-behind"],
                start_new_session=alone,
            )
        await super()._work(sleep_s)
