"""An organization at work: rows in our tables, runs under way, and calls that do not stop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests import factories
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """`echo` is a module's id."""

    live: Live
    org: Org
    echo: str

    @classmethod
    def of(cls, live: Live, org: Org) -> "Tenant":
        """With a policy, a secret, and an execution that is over and left events."""
        echo = factories.module(live.db, org=org)
        reporter = factories.module(live.db, org=org, python_module="reporter")
        factories.policy(live.db, org=org, module_id=echo, concurrency=50)
        factories.secret(live.db, org=org, name="KEY", value="a secret")
        done = live.execute(org, reporter, {"say": "hello"}).json()
        assert done["execution_id"]
        return cls(live=live, org=org, echo=echo)

    def start_runs(self, count: int, *, sleep_s: float) -> list[str]:
        """Ids of executions of which the first runs already."""
        answers = [
            self.live.execute(self.org, self.echo, {"sleep_s": sleep_s}, prefer="respond-async")
            for _ in range(count)
        ]
        ids = [answer.json()["execution_id"] for answer in answers]
        wait_until(lambda: self.status(ids[0]) == "running", what="the first run starts")
        return ids

    def status(self, execution_id: str) -> str:
        return str(self.live.get(self.org, f"/executions/{execution_id}").json()["status"])

    @contextmanager
    def calling(self) -> Iterator[None]:
        """One POST /execute after the other, from before the block until after it, and not one
        that is not answered with its result."""
        over, refused, answered = threading.Event(), list[str](), list[int]()

        def call() -> None:
            while not over.is_set():
                answer = self.live.execute(self.org, self.echo, {"n": len(answered)})
                if answer.json().get("output") != {"n": len(answered)}:
                    refused.append(answer.text)
                answered.append(answer.status_code)

        caller = threading.Thread(target=call)
        caller.start()
        try:
            wait_until(lambda: answered, what="the first call is answered")
            yield
            before = len(answered)
            wait_until(lambda: len(answered) > before + 1, what="calls go on")
        finally:
            over.set()
            caller.join(timeout=60)
        assert refused == []
        assert set(answered) == {200}
