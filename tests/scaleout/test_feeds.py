"""Feeds without LISTEN: over Redis, and with nobody to carry hints."""

from tests import factories
from tests.executions.feeds import clients
from tests.executions.feeds.clients import messages, watching
from tests.live import Live
from tests.processes import wait_until
from tests.redis_server import RedisServer
from tests.scaleout.test_carriers import Install


def follows(live: Live) -> None:
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="counter", name="counter")
    with watching(live, org, "/ws/executions") as all_of_them:
        execution_id = clients.submitted(live, org, "counter", {"up_to": 50, "pause_s": 0.01})
        with watching(live, org, f"/ws/executions/{execution_id}") as one:
            told = list(messages(one))
        counted = [m["message"] for m in told if m["type"] == "event"]
        assert counted == [str(n) for n in range(50)]
        assert told[-1]["output"] == {"counted": 50}
        while clients.message(all_of_them).get("state") != "done":
            pass


def test_redis_carries_the_hints_of_feeds(installed: Install, redis: RedisServer) -> None:
    live = installed(WAKEUP_URL=redis.url)
    org = factories.organization(live.db)
    wait_until(lambda: redis.listeners("runs_watched") == 2, what="the workers would hear")
    assert redis.listeners("run_changed") == 0, "nobody watches yet"
    with watching(live, org, "/ws/executions"):
        wait_until(lambda: redis.listeners("run_changed") == 1, what="the reader hears")
        follows(live)
    wait_until(lambda: redis.listeners("run_changed") == 0, what="nobody watches any more")
    redis.stop()
    follows(live)
    redis.start()


def test_feeds_need_no_hints(installed: Install) -> None:
    follows(installed(WAKEUP_URL="poll", WAKEUP_POLL_SECONDS="0.1"))
